let s = { a.b = 1; n = null; l = [ ]; }; in [ (s.a.b or 2) (s.a.c or 2) (s.x.y.z or 3) (s.n.x or 4) (s.l.x or 5) (s.a ? b) (s ? a.b.c) (s.l ? x) ]
