# What all shells have: variables, aliases, the search path.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) literalExpression mkOption types;
  cfg = config.environment;

  quoted = text: "\"${lib.replaceStrings [ "\"" "`" ] [ "\\\"" "\\`" ] text}\"";

  exports = lib.mapAttrsToList (
    name: text: "export ${name}=${quoted (lib.concatStringsSep ":" (lib.toList text))}"
  ) (lib.filterAttrs (_: text: text != null) cfg.variables);

  fromProfiles = lib.mapAttrsToList (
    name: suffixes:
    let
      folders = lib.concatMap (profile: map (suffix: "${profile}${suffix}") suffixes) cfg.profiles;
    in
    "export ${name}=${quoted (lib.concatStringsSep ":" folders)}"
  ) cfg.profileRelativeEnvVars;
in
{
  options.environment = {
    variables = mkOption {
      type = types.attrsOf (
        types.nullOr (
          types.coercedTo (types.oneOf [ types.int types.path types.package ]) (value: "${toString value}") (
            types.either (types.listOf types.str) types.str
          )
        )
      );
      default = { };
      example = {
        EDITOR = "nvim";
      };
      description = "Variables that shells set when they start; lists are joined with colons, null leaves one out.";
    };

    profiles = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Profiles, the most important first.";
    };

    profileRelativeEnvVars = mkOption {
      type = types.attrsOf (types.listOf types.str);
      default = { };
      example = {
        PATH = [ "/bin" ];
      };
      description = "Variables that list folders of each profile.";
    };

    extraInit = mkOption {
      type = types.lines;
      default = "";
      description = "Shell commands for all shells, run when variables are set; for any POSIX shell.";
    };

    shellInit = mkOption {
      type = types.lines;
      default = "";
      description = "Shell commands for all shells.";
    };

    loginShellInit = mkOption {
      type = types.lines;
      default = "";
      description = "Shell commands for login shells.";
    };

    interactiveShellInit = mkOption {
      type = types.lines;
      default = "";
      description = "Shell commands for interactive shells.";
    };

    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      default = { };
      example = {
        ll = "ls -l";
      };
      description = "Aliases of all shells; null removes one.";
    };

    homeBinInPath = mkOption {
      type = types.bool;
      default = false;
      description = "Whether {file}`~/bin` is on the search path.";
    };

    localBinInPath = mkOption {
      type = types.bool;
      default = false;
      description = "Whether {file}`~/.local/bin` is on the search path.";
    };

    binsh = mkOption {
      type = types.nullOr types.path;
      default = "${pkgs.bash}/bin/bash";
      defaultText = literalExpression ''"''${pkgs.bash}/bin/bash"'';
      example = literalExpression ''"''${pkgs.dash}/bin/dash"'';
      description = "What {file}`/bin/sh` is; null for none.";
    };

    usrbinenv = mkOption {
      type = types.nullOr types.path;
      default = "${pkgs.coreutils}/bin/env";
      defaultText = literalExpression ''"''${pkgs.coreutils}/bin/env"'';
      description = "What {file}`/usr/bin/env` is; null for none.";
    };

    shells = mkOption {
      type = types.listOf (types.either types.shellPackage types.path);
      default = [ ];
      example = literalExpression "[ pkgs.bash pkgs.zsh ]";
      description = "Shells that users may log in with: {file}`/etc/shells`.";
    };
  };

  config = {
    environment.profiles = lib.mkMerge [
      (lib.mkBefore [
        "$HOME/.nix-profile"
        "$HOME/.local/state/nix/profile"
        "/etc/profiles/per-user/$USER"
      ])
      (lib.mkAfter [
        "/nix/var/nix/profiles/default"
        "/run/current-system/sw"
      ])
    ];

    environment.shellAliases = lib.mapAttrs (_: lib.mkDefault) {
      ls = "ls --color=tty";
      ll = "ls -l";
      l = "ls -alh";
    };

    environment.profileRelativeEnvVars.PATH = [ "/bin" ];
    environment.profileRelativeSessionVariables = {
      XDG_DATA_DIRS = [ "/share" ];
      XDG_CONFIG_DIRS = [ "/etc/xdg" ];
      TERMINFO_DIRS = [ "/share/terminfo" ];
    };
    environment.variables = {
      NIX_USER_PROFILE_DIR = "/nix/var/nix/profiles/per-user/$USER";
      NIX_PROFILES = lib.concatStringsSep " " (lib.reverseList cfg.profiles);
      PAGER = lib.mkDefault "less";
      EDITOR = lib.mkDefault "nano";
    };

    environment.etc.shells.text =
      lib.concatLines (lib.unique (map (shell: if lib.isDerivation shell then "/run/current-system/sw${shell.shellPath}" else toString shell) cfg.shells))
      + "/bin/sh\n";

    # `/etc/set-environment`: read by login shells, and by services that start sessions on their own.
    system.build.setEnvironment = pkgs.writeText "set-environment" ''
      # Made by the system's configuration.
      export __NIXOS_SET_ENVIRONMENT_DONE=1
      ${lib.concatLines exports}
      ${lib.concatLines fromProfiles}
      export PATH="/run/wrappers/bin:$PATH"
      ${lib.optionalString cfg.homeBinInPath ''export PATH="$HOME/bin:$PATH"''}
      ${lib.optionalString cfg.localBinInPath ''export PATH="$HOME/.local/bin:$PATH"''}
      ${cfg.extraInit}
    '';
    environment.etc.set-environment.source = config.system.build.setEnvironment;
  };
}
