# flags: lint-url-literals=fatal
[ http://a.b ]
