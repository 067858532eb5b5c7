[ (builtins.tryEval (throw "x")) (builtins.tryEval (assert false; 1)) (builtins.tryEval 1).value (builtins.tryEval { a = throw "y"; }).success ]
