# Beside this file.
[ (builtins.pathExists ./files.nix) (builtins.pathExists ./none) (builtins.readFileType ./files.nix) (builtins.attrNames (builtins.readDir ./folder)) (builtins.readFile ./folder/text) (import ./folder) (builtins.hashFile "sha256" ./folder/text) ]
