# `lib.nixosSystem { modules; … }`: a configuration that takes nothing from the machine it is evaluated on.
{ lib }:
args:
import ./eval-config.nix (
  {
    inherit lib;
    system = null;
    modules = args.modules;
    # Where the caller wrote the modules.
    modulesLocation = (builtins.unsafeGetAttrPos "modules" args).file or null;
  }
  // builtins.removeAttrs args [ "modules" ]
)
