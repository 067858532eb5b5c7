builtins.attrNames (removeAttrs builtins [ ])
