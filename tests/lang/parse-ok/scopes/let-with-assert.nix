# Keywords nest to the right.
let a = { b = 1; }; in with a; assert b == 1; if b == 1 then let { body = b; } else throw "x"
