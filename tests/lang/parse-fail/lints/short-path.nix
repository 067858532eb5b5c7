# flags: lint-short-path-literals=fatal
[ a/b ]
