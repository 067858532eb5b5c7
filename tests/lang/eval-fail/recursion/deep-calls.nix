# flags: max-call-depth=100
let f = n: 1 + f (n + 1); in f 0
