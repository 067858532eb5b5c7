map (x: x.n) (builtins.sort (a: b: a.k < b.k) [ { k = 2; n = 1; } { k = 1; n = 2; } { k = 2; n = 3; } { k = 1; n = 4; } ])
