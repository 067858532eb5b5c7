builtins.addErrorContext "while being careful" (throw "x")
