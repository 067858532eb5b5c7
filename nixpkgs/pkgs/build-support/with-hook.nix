# A package of Debian with a setup hook, so that having it among the inputs changes how a source is configured or built.
{ lib, symlinkJoin, debianPackages }:
{
  name,
  hook,
  extra ? [ ],
}:
let
  package = debianPackages.${name};
in
symlinkJoin {
  name = "${name}-${package.version}";
  paths = [ package ] ++ extra;
  postBuild = ''
    mkdir -p $out/nix-support
    cp ${hook} $out/nix-support/setup-hook
  '';
  inherit (package) meta;
  passthru = {
    inherit (package) version;
    pname = name;
  };
}
