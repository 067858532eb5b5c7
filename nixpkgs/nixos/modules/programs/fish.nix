# The shell fish.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    types
    ;

  cfg = config.programs.fish;
  environment = config.environment;

  pairs =
    command: set:
    lib.concatStrings (
      lib.mapAttrsToList (name: value: "${command} -- ${lib.escapeShellArg name} ${lib.escapeShellArg (toString value)}\n") (
        lib.filterAttrs (_: value: value != null) set
      )
    );
  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
  flag =
    description:
    mkOption {
      type = types.bool;
      default = true;
      inherit description;
    };

  # fish reads no POSIX shell, so a shell sets the variables and fish takes over its environment.
  importEnvironment = pkgs.writeText "import-environment.fish" ''
    set -l before (${pkgs.coreutils}/bin/env -0 | string split0)
    for entry in (${pkgs.bash}/bin/sh -c '. ${config.system.build.setEnvironment} >/dev/null; ${pkgs.coreutils}/bin/env -0' | string split0)
      set -l pair (string split -m 1 = -- $entry)
      if not contains -- $entry $before
        switch $pair[1]
          case PWD SHLVL _
            continue
          case PATH MANPATH
            set -gx $pair[1] (string split : -- $pair[2])
          case '*'
            set -gx $pair[1] $pair[2]
        end
      end
    end
  '';
in
{
  options.programs.fish = {
    enable = mkEnableOption "fish for all users";
    package = lib.mkPackageOption pkgs "fish" { };
    shellAbbrs = mkOption {
      type = types.attrsOf types.str;
      default = { };
      example.gco = "git checkout";
      description = "Abbreviations, which grow to their full length while one types.";
    };
    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      default = { };
      description = "Aliases of fish, besides {option}`environment.shellAliases`.";
    };
    shellInit = lines "Commands that every fish runs.";
    loginShellInit = lines "Commands that login shells run.";
    interactiveShellInit = lines "Commands that interactive shells run.";
    promptInit = lines "Commands that set the prompt.";
    vendor = {
      config.enable = flag "Whether files of packages in `share/fish/vendor_conf.d` are read.";
      completions.enable = flag "Whether completions of packages in `share/fish/vendor_completions.d` are used.";
      functions.enable = flag "Whether functions of packages in `share/fish/vendor_functions.d` are used.";
    };
  };

  config = mkIf cfg.enable {
    programs.fish.shellAliases = lib.mapAttrs (_: lib.mkDefault) environment.shellAliases;

    environment.etc."fish/config.fish".text = ''
      if not set -q __NIXOS_SET_ENVIRONMENT_DONE
        source ${importEnvironment}
      end
      ${cfg.shellInit}
      if status is-login
        ${cfg.loginShellInit}
      end
      if status is-interactive
        ${pairs "abbr --add" cfg.shellAbbrs}
        ${pairs "alias" cfg.shellAliases}
        ${cfg.promptInit}
        ${cfg.interactiveShellInit}
      end
    '';

    environment.pathsToLink =
      lib.optional cfg.vendor.config.enable "/share/fish/vendor_conf.d"
      ++ lib.optional cfg.vendor.completions.enable "/share/fish/vendor_completions.d"
      ++ lib.optional cfg.vendor.functions.enable "/share/fish/vendor_functions.d";
    environment.systemPackages = [ cfg.package ];
    environment.shells = [
      "/run/current-system/sw/bin/fish"
      "${cfg.package}/bin/fish"
    ];
  };
}
