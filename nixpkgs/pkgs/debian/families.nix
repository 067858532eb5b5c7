# Sets of packages that belong together, derived from Debian's names.
{ lib, debian }:
self: super:
let
  # python3-foo-bar → foo-bar
  withPrefix =
    prefix:
    let
      names = builtins.filter (lib.hasPrefix prefix) (builtins.attrNames debian.packages);
    in
    lib.listToAttrs (
      map (name: lib.nameValuePair (lib.removePrefix prefix name) debian.packages.${name}) names
    );

  pick = names: lib.genAttrs names (name: self.${name});
in
{
  python3Packages = withPrefix "python3-" // {
    beautifulsoup4 = self.python3-bs4;
    pyyaml = self.python3-yaml;
    python = self.python3;
  };
  python313Packages = self.python3Packages;
  python3Full = self.python3;
}
