# `pkgsStatic`: Debian links few programs statically; names of other packages explain that instead of giving a dynamic one.
{
  lib,
  self,
  debian,
}:
let
  static = lib.mapAttrs (_: name: debian.packages.${name}) {
    bash = "bash-static";
    busybox = "busybox-static";
    e2fsck = "e2fsck-static";
    zsh = "zsh-static";
  };
  explain =
    name: _:
    throw "Debian has no statically linked ‘${name}’: build one from source with stdenv.mkDerivation and -static, or take it from upstream nixpkgs (setting nixpkgs-provider = upstream)";
in
lib.mapAttrs explain self
// static
// {
  inherit (self)
    lib
    config
    system
    callPackage
    newScope
    stdenvNoCC
    writeText
    writeTextFile
    writeShellScript
    writeShellScriptBin
    runCommand
    ;
}
