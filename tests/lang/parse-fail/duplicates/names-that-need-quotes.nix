{ "a b"."if".c = 1; "a b"."if".c = 2; }
