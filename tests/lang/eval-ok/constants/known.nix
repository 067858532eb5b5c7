[ builtins.langVersion builtins.storeDir builtins.nixVersion (builtins.builtins ? map) builtins.true builtins.null ]
