# From the strongest to the weakest.
let a = 1; b = 2; s = { }; in
[ (a + b * -a - b) (s ? x && !s ? y || a == b -> a != b) (s // s // s) ([ ] ++ [ ] ++ [ ]) (a < b == b > a) (s.x or s.y.z or a) (a <= b) (a >= b) (a / b) ]
