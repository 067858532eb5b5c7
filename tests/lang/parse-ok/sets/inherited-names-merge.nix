x: y: { a = { inherit (x) b; c = 1; }; a = { inherit (y) d; inherit x; }; }
