# The package set that a system is made of.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkOption
    types
    ;
  cfg = config.nixpkgs;

  # Options of the package set add up like sets; what both define as functions of packages is joined.
  mergeConfig =
    one: other:
    one
    // other
    // lib.optionalAttrs (one ? packageOverrides && other ? packageOverrides) {
      packageOverrides = pkgs: one.packageOverrides pkgs // other.packageOverrides pkgs;
    }
    // lib.genAttrs
      (builtins.filter (name: builtins.isList (one.${name} or null) && builtins.isList (other.${name} or null)) (
        builtins.attrNames one
      ))
      (name: one.${name} ++ other.${name});

  applyTo = value: pkgs: if builtins.isFunction value then value { inherit pkgs lib; } else value;

  configType = lib.mkOptionType {
    name = "nixpkgs-config";
    description = "configuration of the package set";
    check = value: builtins.isAttrs value || builtins.isFunction value;
    merge =
      _: defs:
      if lib.any (def: builtins.isFunction def.value) defs then
        { pkgs, lib }: lib.foldl' (merged: def: mergeConfig merged (applyTo def.value pkgs)) { } defs
      else
        lib.foldl' (merged: def: mergeConfig merged def.value) { } defs;
  };

  overlayType = lib.mkOptionType {
    name = "nixpkgs-overlay";
    description = "nixpkgs overlay";
    check = lib.isFunction;
    merge = lib.mergeOneOption;
  };

  pkgsType = types.pkgs or types.attrs // {
    # The set is used as it is; looking into it would evaluate it.
    name = "pkgs";
    description = "a package set";
    check = value: builtins.isAttrs value && value ? path;
    merge = lib.mergeOneOption;
  };

  systemName = platform: platform.system or platform;

  ownSet = import ../../.. {
    inherit (cfg) config overlays;
    localSystem = cfg.hostPlatform.system;
  };

  # A set from elsewhere, with what the configuration adds to it.
  given =
    if options.nixpkgs.overlays.isDefined && cfg.overlays != [ ] then
      cfg.pkgs.appendOverlays cfg.overlays
    else
      cfg.pkgs;

  isGiven = options.nixpkgs.pkgs.isDefined;
in
{
  options.nixpkgs = {
    pkgs = mkOption {
      type = pkgsType;
      defaultText = literalExpression "import <nixpkgs> { inherit (config.nixpkgs) config overlays; system = …; }";
      example = literalExpression "import <nixpkgs> { }";
      description = ''
        The package set to use. Where it is set, {option}`nixpkgs.overlays` are added to it and the other options
        below `nixpkgs` have no meaning.
      '';
    };

    config = mkOption {
      type = configType;
      default = { };
      example = {
        allowUnfree = true;
      };
      description = "Options of the package set, such as `allowUnfree`, `allowUnfreePredicate`, `packageOverrides`.";
    };

    overlays = mkOption {
      type = types.listOf overlayType;
      default = [ ];
      example = literalExpression "[ (final: prev: { hello = prev.hello.overrideAttrs { … }; }) ]";
      description = "Functions that change or add packages, applied in this order.";
    };

    hostPlatform = mkOption {
      type = types.either types.str types.attrs;
      default = cfg.system;
      defaultText = literalExpression "config.nixpkgs.system";
      example = "x86_64-linux";
      apply = lib.systems.elaborate;
      description = "The platform that the system runs on.";
    };

    buildPlatform = mkOption {
      type = types.either types.str types.attrs;
      default = cfg.hostPlatform;
      defaultText = literalExpression "config.nixpkgs.hostPlatform";
      example = "x86_64-linux";
      apply = lib.systems.elaborate;
      description = "The platform that the system is built on; it must be the platform that it runs on.";
    };

    localSystem = mkOption {
      type = types.either types.str types.attrs;
      default = cfg.hostPlatform;
      defaultText = literalExpression "config.nixpkgs.hostPlatform";
      apply = lib.systems.elaborate;
      visible = false;
      description = "An older name of {option}`nixpkgs.buildPlatform`.";
    };

    crossSystem = mkOption {
      type = types.nullOr types.attrs;
      default = null;
      visible = false;
      description = "The platform to cross-compile for, which packages from Debian do not need: leave it null.";
    };

    system = mkOption {
      type = types.str;
      example = "aarch64-linux";
      description = ''
        The platform of configurations that do not set {option}`nixpkgs.hostPlatform`. Whoever evaluates the
        configuration gives it.
      '';
    };
  };

  config = {
    _module.args.pkgs = if isGiven then given else ownSet;

    assertions = [
      {
        assertion = isGiven || systemName cfg.buildPlatform == systemName cfg.hostPlatform;
        message = ''
          nixpkgs.buildPlatform is ${systemName cfg.buildPlatform} and nixpkgs.hostPlatform is ${systemName cfg.hostPlatform}.
          Packages come from Debian ready built: leave nixpkgs.buildPlatform out.'';
      }
      {
        assertion = cfg.crossSystem == null;
        message = "nixpkgs.crossSystem is set. Packages come from Debian ready built: set nixpkgs.hostPlatform instead.";
      }
      {
        assertion = !isGiven || !options.nixpkgs.config.isDefined || cfg.config == { };
        message = ''
          nixpkgs.config has no effect on a package set that is given in nixpkgs.pkgs (or `pkgs`).
          Pass the options to `import <nixpkgs> { config = …; }` where that set is made.'';
      }
    ];
  };
}
