# The functions of the package set, as opposed to its packages.
{
  lib,
  config,
  self,
  debian,
  rebuild,
}:
{
  inherit lib config;
  inherit (config) overlays;
  pkgs = self;
  path = ../..;

  callPackage = lib.callPackageWith self;
  callPackages = lib.callPackagesWith self;
  newScope = extra: lib.callPackageWith (self // extra);

  # The same set with more overlays.
  extend = overlay: rebuild [ overlay ];
  appendOverlays = rebuild;

  # Debian's packages under their own names alone, and those of suites that stand beside stable.
  debianPackages = debian.packages;
  debianSuites = debian.suites;
}
