{ imports = [ ./defines.nix ]; }
