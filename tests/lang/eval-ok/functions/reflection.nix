[ (builtins.functionArgs ({ a, b ? 1 }: a)) (builtins.functionArgs (x: x)) (builtins.isFunction map) (builtins.typeOf (x: x)) ]
