builtins.scopedImport { x = 5; map = 6; } ./scoped.imported
