# Literals under one name merge, whichever way they are written.
{ a.b = 1; a.c.d = 2; a = { e = 3; c = { f = 4; }; }; }
