# Evaluate a NixOS configuration: `import <nixpkgs/nixos/lib/eval-config.nix> { modules = [ … ]; }`.
#
#   modules        the modules of the configuration
#   system         the platform for configurations that do not set `nixpkgs.hostPlatform`; null if all do
#   pkgs           a package set to use instead of the one that `nixpkgs.*` describes
#   specialArgs    arguments for all modules that can be used in `imports`
#   baseModules    the module set
#   extraModules   modules beside it
#   lib            the library; modules get it as `lib`
#   prefix         where the options belong in a larger tree, for messages
#   extraArgs, check, modulesLocation   for callers that still pass them
#
# The result is that of `lib.evalModules`, with `pkgs`, `lib` and `extraArgs`.
evalConfigArgs@{
  system ? builtins.currentSystem,
  pkgs ? null,
  baseModules ? import ../modules/module-list.nix,
  extraArgs ? { },
  specialArgs ? { },
  modules,
  modulesLocation ? (builtins.unsafeGetAttrPos "modules" evalConfigArgs).file or null,
  check ? true,
  prefix ? [ ],
  lib ? import ../../lib,
  extraModules ? import ./extra-modules.nix,
}:
let
  # Where this file belongs to in messages about what it defines.
  ownFile = ./eval-config.nix;

  platform = {
    _file = ownFile;
    config = {
      # What the caller says is weaker than what the configuration says.
      nixpkgs.system = lib.mkIf (system != null) (lib.mkDefault system);
      nixpkgs.pkgs = lib.mkIf (pkgs != null) (lib.mkForce pkgs);
    };
  };

  arguments = {
    _file = ownFile;
    config._module = {
      args = extraArgs // {
        inherit
          baseModules
          extraModules
          modules
          ;
        # For systems within the system that share nothing with what the user wrote.
        noUserModules = withoutUser;
      };
    }
    // lib.optionalAttrs (!check) { check = false; };
  };

  located =
    if modulesLocation == null then
      modules
    else
      map (lib.setDefaultModuleLocation modulesLocation) modules;

  withoutUser = lib.evalModules {
    inherit prefix;
    class = "nixos";
    modules = baseModules ++ extraModules ++ [
      platform
      arguments
    ];
    specialArgs = {
      modulesPath = toString ../modules;
    }
    // specialArgs;
  };

  withAttributes =
    configuration:
    configuration
    // {
      inherit extraArgs lib;
      inherit (configuration._module.args) pkgs;
      extendModules = args: withAttributes (configuration.extendModules args);
    };
in
withAttributes (withoutUser.extendModules { modules = located; })
