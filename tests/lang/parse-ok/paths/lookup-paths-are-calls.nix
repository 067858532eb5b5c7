[ <nixpkgs> <a/b-c/d.nix> ]
