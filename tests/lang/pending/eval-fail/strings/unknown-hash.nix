builtins.hashString "nope" "x"
