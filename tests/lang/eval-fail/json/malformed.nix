builtins.fromJSON "{\"a\": }"
