# Several packages seen as one tree of links, made by Nix's own builder of profiles: no shell is needed for it.
{ lib, system }:
{
  name,
  packages,
  meta ? { },
  passthru ? { },
  pathsToLink ? [ "/" ],
}:
let
  drvAttrs = {
    inherit name system;
    builder = "builtin:buildenv";
    # For each path: is it active, its priority, how many outputs, the outputs.
    derivations = lib.concatMap (package: [
      "true"
      (toString package.meta.priority or 5)
      "1"
      package
    ]) packages;
    manifest = "/dummy";
    preferLocalBuild = true;
    allowSubstitutes = false;
  };
  drv = derivation drvAttrs;
  self =
    drvAttrs
    // passthru
    // {
      inherit drvAttrs passthru;
      inherit (drv) drvPath outPath;
      type = "derivation";
      outputs = [ "out" ];
      outputName = "out";
      out = self;
      all = [ self ];
      paths = packages;
      inherit (builtins.head packages) version;
      pname = name;
      meta = {
        outputsToInstall = [ "out" ];
      }
      // meta;
    };
in
self
