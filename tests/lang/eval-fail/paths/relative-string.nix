builtins.readDir "a"
