# flags: lint-absolute-path-literals=fatal
[ ~/b ]
