# The user's package set configuration: $NIXPKGS_CONFIG, or a file in the home directory, or none.
let
  home = builtins.getEnv "HOME";
  candidates = builtins.filter (file: file != "" && builtins.pathExists file) (
    [ (builtins.getEnv "NIXPKGS_CONFIG") ]
    ++ (
      if home == "" then
        [ ]
      else
        [
          "${home}/.config/nixpkgs/config.nix"
          "${home}/.nixpkgs/config.nix"
        ]
    )
  );
in
if candidates == [ ] then { } else import (/. + builtins.head candidates)
