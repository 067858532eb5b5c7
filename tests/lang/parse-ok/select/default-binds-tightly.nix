a: b: c: [ (a.b or c) (a.b or c.d or a) (a b.c or c a) (a.b.c ? d.e) ]
