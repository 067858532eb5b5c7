# flags: pure-eval=true
builtins.currentTime
