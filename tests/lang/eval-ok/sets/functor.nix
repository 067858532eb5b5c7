# A set that can be called.
let f = { __functor = self: x: self.k + x; k = 10; }; in [ (f 1) ((f // { k = 20; }) 1) (builtins.isFunction f) (map f [ 1 2 ]) ]
