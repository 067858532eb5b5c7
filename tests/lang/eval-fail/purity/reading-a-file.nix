# flags: pure-eval=true
builtins.readFile /etc/passwd
