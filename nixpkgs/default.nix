# The package set: `import <nixpkgs> { }`.
#
#   system       the platform that packages are for (`localSystem`, a name or a set with `system`, says the same)
#   config       `allowUnfree`, `allowUnfreePredicate`, `packageOverrides` …: a set, or a function of `{ pkgs, lib }`
#   overlays     functions `final: prev: { … }`, applied in this order
#   index        the index of Debian's archive; a channel generation carries one
#
# Without `config` and `overlays`, the user's files in ~/.config/nixpkgs are read, where evaluation may do so.
{
  localSystem ? builtins.currentSystem,
  system ? localSystem.system or localSystem,
  crossSystem ? null,
  config ? import ./pkgs/top-level/user-config.nix,
  overlays ? import ./pkgs/top-level/user-overlays.nix,
  index ? ./index,
  ...
}:
let
  lib = import ./lib;

  configSet =
    if builtins.isPath config || builtins.isString config then
      import config
    else
      config;
  evaluated =
    if builtins.isFunction configSet then configSet { inherit lib pkgs; } else configSet;

  directory = index + "/${system}";

  # Those that Neve's builder of Debian's packages knows.
  supported = [
    "x86_64-linux"
    "aarch64-linux"
  ];

  pkgs =
    if crossSystem != null && (crossSystem.system or crossSystem) != system then
      throw "Debian's packages run on the system that they are for: cross compilation from ${system} is not supported"
    else if !builtins.elem system supported then
      throw ''
        There are no packages for the system '${system}': Debian's are for ${lib.concatStringsSep " and " supported}.
        Others can come from upstream nixpkgs (setting nixpkgs-provider = upstream).''
    else if !builtins.pathExists directory then
      throw ''
        ${toString index} has no package index for the system '${system}'.
        A channel generation carries one for the system it was made on; make it with: nix-channel --update''
    else
      import ./pkgs/top-level {
        inherit lib system overlays;
        config = evaluated // {
          inherit overlays;
        };
        index = import ./pkgs/debian/index.nix { inherit lib directory; };
      };
in
pkgs
