# The functions of the package set, as opposed to its packages.
{
  lib,
  system,
  config,
  self,
  super,
  debian,
  joinPackages,
}:
let
  # Calls a function with the attributes of the set that it names, and those given.
  callPackageWith =
    scope: function: arguments:
    let
      f = if builtins.isFunction function then function else import function;
      wanted = lib.functionArgs f;
      available = builtins.intersectAttrs wanted scope // arguments;
      missing = lib.filterAttrs (name: isOptional: !isOptional && !(available ? ${name})) wanted;
      make =
        arguments:
        let
          result = f (builtins.intersectAttrs wanted scope // arguments);
        in
        if builtins.isAttrs result then
          result
          // {
            override =
              changes: make (arguments // (if builtins.isFunction changes then changes arguments else changes));
          }
        else
          result;
    in
    if missing != { } then
      throw "callPackage: the package set has no attribute ${lib.concatStringsSep ", " (map (name: "‘${name}’") (builtins.attrNames missing))}, which ${
        if builtins.isFunction function then "the function" else toString function
      } takes"
    else
      make arguments;
in
{
  inherit lib config debian;
  inherit (config) overlays;
  pkgs = self;

  path = ../..;
  callPackage = callPackageWith self;
  callPackages = callPackageWith self;
  newScope = extra: callPackageWith (self // extra);

  extend = overlay: lib.fix (lib.extends overlay (_: builtins.removeAttrs self [ ]));
  appendOverlays = extra: self.import { overlays = config.overlays ++ extra; };

  # The packages of one Debian suite that stands beside stable.
  backports = debian.suites.trixie-backports or { };
}
