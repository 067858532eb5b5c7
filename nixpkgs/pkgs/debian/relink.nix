# A package with its programs under more names: a tree of links to it, and what a script changes in that. It is made by
# the shell and the tools alone, because these themselves are among the packages that get other names.
{ system, packages }:
{
  name,
  package,
  script,
}@args:
let
  drvAttrs = {
    inherit
      system
      name
      package
      script
      ;
    inherit (package) version;
    pname = package.pname or name;
    builder = "${packages.bash}/bin/bash";
    args = [
      "-e"
      ./relink.sh
    ];
    PATH = "${packages.coreutils}/bin";
    preferLocalBuild = true;
    allowSubstitutes = false;
  };
  drv = derivation drvAttrs;
  again = changed: import ./relink.nix { inherit system packages; } (args // { package = changed; });
  self =
    package
    // {
      inherit drvAttrs;
      inherit (drvAttrs) name;
      inherit (drv) drvPath outPath;
      outputs = [ "out" ];
      outputName = "out";
      out = self;
      all = [ self ];
      unwrapped = package;
      passthru = package.passthru or { } // {
        unwrapped = package;
      };
    }
    // (if package ? override then { override = arguments: again (package.override arguments); } else { })
    // (
      if package ? overrideAttrs then
        { overrideAttrs = change: again (package.overrideAttrs change); }
      else
        { }
    );
in
self
