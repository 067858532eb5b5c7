# The channel's tests by name: every file of this folder but the two that make tests of files.
{
  system ? builtins.currentSystem,
  pkgs ? import ../.. {
    inherit system;
    config = { };
    overlays = [ ];
  },
}:
let
  inherit (pkgs) lib;
  isTest =
    name: type:
    type == "regular"
    && lib.hasSuffix ".nix" name
    && !lib.elem name [
      "default.nix"
      "make-test-python.nix"
    ];
in
lib.mapAttrs' (
  name: _:
  lib.nameValuePair (lib.removeSuffix ".nix" name) (import (./. + "/${name}") { inherit system pkgs; })
) (lib.filterAttrs isTest (builtins.readDir ./.))
