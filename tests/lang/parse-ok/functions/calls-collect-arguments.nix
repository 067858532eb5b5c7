f: x: y: [ (f x y) ((f x) y) (f (f x) y) ((f x y) x) ]
