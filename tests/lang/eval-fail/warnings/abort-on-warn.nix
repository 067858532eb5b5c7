# flags: abort-on-warn=true
builtins.warn "w" 1
