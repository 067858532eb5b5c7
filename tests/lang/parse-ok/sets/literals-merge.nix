{ a = { b = 1; }; a = { c = 2; }; d = rec { e = f; }; d.f = 1; g.h = 1; g = rec { i = 2; }; }
