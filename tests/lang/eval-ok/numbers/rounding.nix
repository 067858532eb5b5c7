[ (builtins.floor 1.7) (builtins.ceil 1.2) (builtins.floor (-1.2)) (builtins.ceil (-1.7)) (builtins.floor 3) ]
