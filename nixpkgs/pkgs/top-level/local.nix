# Packages with a file of their own: pkgs/<name>/package.nix, a function that `callPackage` calls.
{ lib }:
self: _:
let
  folder = ../.;
  isPackage = name: type: type == "directory" && builtins.pathExists (folder + "/${name}/package.nix");
in
lib.mapAttrs (name: _: self.callPackage (folder + "/${name}/package.nix") { }) (
  lib.filterAttrs isPackage (builtins.readDir folder)
)
