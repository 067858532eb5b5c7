# Arithmetic looks its function up where it stands.
let __sub = a: b: "sub"; __lessThan = a: b: true; in [ (1 - 2) (-1) (3 < 2) (1 + 2) ]
