# The whole system as one store path.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStringsSep
    literalExpression
    mkIf
    mkOption
    types
    ;
  cfg = config.system;

  failed = map (assertion: assertion.message) (
    lib.filter (assertion: !assertion.assertion) config.assertions
  );

  checked =
    system:
    if failed != [ ] then
      throw "\nFailed assertions:\n${concatMapStringsSep "\n" (message: "- ${message}") failed}"
    else
      lib.showWarnings config.warnings system;

  specialisations = lib.mapAttrs (
    _: child: "${child.configuration.system.build.toplevel}"
  ) config.specialisation;

  plan = {
    inherit (cfg) extraSystemBuilderCmds;
    files = {
      nixos-version = config.system.nixos.label;
      init-interface-version = "systemd 2";
      system = pkgs.stdenv.hostPlatform.system;
      kernel-params = lib.concatStringsSep " " config.boot.kernelParams;
    };
    links = {
      etc = "${config.system.build.etc}/etc";
      sw = "${config.system.path}";
      systemd = "${config.systemd.package}";
    }
    // cfg.systemBuilderLinks;
    scripts = {
      activate = cfg.build.activationScript;
      dry-activate = cfg.dryActivationScript;
    }
    // cfg.systemBuilderScripts;
    inherit (cfg) bootDocument;
    specialisation = specialisations;
    extraDependencies = map toString cfg.extraDependencies;
  };

  toplevel = import ../../../lib/run-python.nix { inherit pkgs; } {
    name = "nixos-system-${cfg.name}-${cfg.nixos.label}";
    script = ./make_system.py;
    inherit plan;
    arguments = {
      shell = "${pkgs.bash}/bin/bash";
      inherit (cfg) checks;
    }
    // cfg.systemBuilderArgs;
  };

  # What packages have: callers use the system as one.
  asPackage =
    drv:
    lib.lazyDerivation {
      derivation = drv // {
        outputs = [ "out" ];
      };
      meta = { };
    };

  replaced = lib.foldl' (
    system: replacement:
    pkgs.replaceDependency or (throw "system.replaceDependencies: the package set cannot replace dependencies") {
      drv = system;
      oldDependency = replacement.original;
      newDependency = replacement.replacement;
    }
  ) (checked toplevel) cfg.replaceDependencies.replacements;
in
{
  options = {
    system = {
      name = mkOption {
        type = types.str;
        default = if config.networking.hostName == "" then "unnamed" else config.networking.hostName;
        defaultText = literalExpression ''if config.networking.hostName == "" then "unnamed" else config.networking.hostName'';
        description = "The name of the system, a part of its store path's.";
      };

      build = mkOption {
        type = types.submoduleWith {
          modules = [ { freeformType = types.lazyAttrsOf types.raw; } ];
        };
        default = { };
        description = "What the configuration can be built into: `toplevel`, `vm` and others.";
      };

      extraDependencies = mkOption {
        type = types.listOf types.pathInStore;
        default = [ ];
        description = "Store paths that the system keeps from the garbage collector although it does not use them.";
      };

      replaceDependencies.replacements = mkOption {
        type = types.listOf types.attrs;
        default = [ ];
        internal = true;
        description = "Packages to exchange in the finished system.";
      };

      forbiddenDependenciesRegexes = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "-dev$" ];
        description = "Regular expressions that no path of the system's closure may match.";
      };

      checks = mkOption {
        type = types.listOf types.package;
        default = [ ];
        description = "What has to be built before the system is; the system does not keep it.";
      };

      copySystemConfiguration = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the configuration's file is copied to {file}`/run/current-system/configuration.nix`; not its imports.";
      };

      extraSystemBuilderCmds = mkOption {
        type = types.lines;
        internal = true;
        default = "";
        description = "Shell commands that complete the system, which is in {env}`out`.";
      };

      systemBuilderArgs = mkOption {
        type = types.attrsOf types.unspecified;
        internal = true;
        default = { };
        description = "Attributes of the system's derivation.";
      };

      bootDocument = mkOption {
        type = types.nullOr types.raw;
        internal = true;
        default = null;
        description = "What {file}`boot.json` says, without the variants of the system; `@out@` in it becomes the system's path.";
      };

      systemBuilderLinks = mkOption {
        type = types.attrsOf types.str;
        internal = true;
        default = { };
        description = "Links in the system, by name.";
      };

      systemBuilderScripts = mkOption {
        type = types.attrsOf types.lines;
        internal = true;
        default = { };
        description = "Executable files in the system, by name; `@out@` in them becomes the system's path.";
      };
    };
  };

  config = {
    system.build.toplevel = asPackage replaced;

    system.systemBuilderArgs = mkIf (cfg.forbiddenDependenciesRegexes != [ ]) {
      exportReferencesGraph = [
        "closure"
        cfg.path
      ];
      forbidden = lib.concatStringsSep "|" cfg.forbiddenDependenciesRegexes;
    };

    system.systemBuilderLinks = mkIf cfg.copySystemConfiguration {
      "configuration.nix" = "${import ../../../lib/from-env.nix "NIXOS_CONFIG" <nixos-config>}";
    };
  };
}
