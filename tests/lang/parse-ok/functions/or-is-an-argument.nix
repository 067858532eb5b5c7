with { }; f: x: [ (f or) (f or x) ((f or) x) ]
