{ inherit (c) a; inherit a; }
