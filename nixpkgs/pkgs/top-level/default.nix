# The package set: layers over one fixed point, each a function of the final set and of what lies below it.
{
  lib,
  system,
  config,
  overlays,
  index,
}:
let
  debian = import ../debian {
    inherit
      lib
      system
      config
      index
      ;
  };
  joinPackages = import ../debian/join.nix { inherit lib system; };

  # What backports have and stable lacks altogether.
  addedLater = builtins.removeAttrs (debian.suites.trixie-backports or { }) (
    builtins.attrNames debian.packages
  );
  everything = addedLater // debian.packages;

  explain = import ../debian/missing.nix {
    inherit lib;
    names = everything;
  };

  layers = overlays: [
    (_: _: lib.genAttrs (import ../debian/absent.nix) explain)
    (
      self: _:
      lib.mapAttrs (name: _: self.debianPackages.${name}) (
        builtins.removeAttrs everything (import ../debian/absent.nix)
      )
    )
    (
      self: _:
      import ../debian/named.nix {
        inherit lib system joinPackages;
        packages = self.debianPackages;
      }
    )
    (import ../debian/families.nix { inherit lib; })
    (import ../debian/plugins.nix { inherit lib explain; })
    (
      self: _:
      import ./functions.nix {
        inherit
          lib
          system
          config
          self
          debian
          everything
          ;
        rebuild = more: build (overlays ++ more);
      }
    )
    (import ./local.nix { inherit lib; })
    (_: super: (config.packageOverrides or (_: { })) super)
  ];

  build =
    overlays:
    lib.fix (lib.foldl' (below: layer: lib.extends layer below) (_: { }) (layers overlays ++ overlays));
in
build overlays
