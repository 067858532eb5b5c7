# The package set: layers over one fixed point, each a function of the final set and of what lies below it.
{
  lib,
  system,
  config,
  overlays,
  index,
}:
let
  debian = import ../debian { inherit lib system config index; };
  joinPackages = import ../debian/join.nix { inherit lib system; };

  # What backports have and stable lacks altogether.
  addedLater = builtins.removeAttrs (debian.suites.trixie-backports or { }) (
    builtins.attrNames debian.packages
  );
  everything = addedLater // debian.packages;

  layers = [
    (_: _: everything)
    (_: _: import ../debian/named.nix { inherit lib joinPackages; packages = everything; })
    (import ../debian/families.nix { inherit lib debian; })
    (self: super: import ./functions.nix { inherit lib system config self super debian joinPackages; })
    (import ./local.nix { inherit lib; })
    (_: super: (config.packageOverrides or (_: { })) super)
  ]
  ++ overlays;
in
lib.fix (lib.foldl' (below: layer: lib.extends layer below) (_: { }) layers)
