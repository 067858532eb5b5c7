# The right side wins, shallowly.
{ a = 1; b.c = 2; } // { b.d = 3; } // { e = 4; }
