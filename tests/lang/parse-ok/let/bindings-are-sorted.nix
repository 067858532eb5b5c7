let c = a; a = 1; inherit (a) d b; in c
