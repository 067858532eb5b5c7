[ (builtins.seq 1 2) (builtins.deepSeq { a = [ 1 ]; } 3) (builtins.tryEval (builtins.deepSeq [ (throw "x") ] 1)).success (builtins.seq [ (throw "x") ] 4) ]
