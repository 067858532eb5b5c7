# The user's overlays: <nixpkgs-overlays>, or a file or folder in the home directory, or none.
let
  home = builtins.getEnv "HOME";
  found = builtins.tryEval <nixpkgs-overlays>;
  candidates = builtins.filter builtins.pathExists (
    (if found.success then [ found.value ] else [ ])
    ++ (
      if home == "" then
        [ ]
      else
        [
          (/. + "${home}/.config/nixpkgs/overlays.nix")
          (/. + "${home}/.config/nixpkgs/overlays")
        ]
    )
  );

  fromFolder =
    folder:
    map (name: import (folder + "/${name}")) (
      builtins.filter (
        name: builtins.match ".*\\.nix" name != null || builtins.pathExists (folder + "/${name}/default.nix")
      ) (builtins.attrNames (builtins.readDir folder))
    );
  read =
    path: if builtins.pathExists (toString path + "/.") then fromFolder path else import path;
in
if candidates == [ ] then [ ] else read (builtins.head candidates)
