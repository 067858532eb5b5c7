# flags: lint-absolute-path-literals=fatal
[ /a/b ]
