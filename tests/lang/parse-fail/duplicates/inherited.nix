{ inherit a; b = 1; inherit (c) b; }
