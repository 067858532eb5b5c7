# The shell bash.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkIf
    mkOption
    types
    ;
  cfg = config.programs.bash;
  environment = config.environment;

  aliases = lib.concatStrings (
    lib.mapAttrsToList (name: value: "alias -- ${name}=${lib.escapeShellArg (toString value)}\n") (
      lib.filterAttrs (_: value: value != null) cfg.shellAliases
    )
  );
in
{
  options.programs.bash = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether bash is set up for all users.";
    };

    package = mkOption {
      type = types.package;
      default = pkgs.bash;
      defaultText = literalExpression "pkgs.bash";
      description = "The package of bash.";
    };

    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      default = { };
      description = "Aliases of bash, besides {option}`environment.shellAliases`.";
    };

    shellInit = mkOption {
      type = types.lines;
      default = "";
      description = "Commands that every bash runs.";
    };

    loginShellInit = mkOption {
      type = types.lines;
      default = "";
      description = "Commands that login shells run.";
    };

    interactiveShellInit = mkOption {
      type = types.lines;
      default = "";
      description = "Commands that interactive shells run.";
    };

    logout = mkOption {
      type = types.lines;
      default = "";
      description = "Commands that login shells run at their end.";
    };

    promptInit = mkOption {
      type = types.lines;
      default = ''
        # A plain prompt for editors and old terminals.
        if [ "$TERM" != dumb ] || [ -n "$INSIDE_EMACS" ]; then
          PROMPT_COLOR="1;31m"
          ((UID)) && PROMPT_COLOR="1;32m"
          if [ -n "$INSIDE_EMACS" ]; then
            PS1="\n\[\033[$PROMPT_COLOR\][\u@\h:\w]\[\033[0m\]\\$ "
          else
            PS1="\n\[\033[$PROMPT_COLOR\][\[\e]0;\u@\h: \w\a\]\u@\h:\w]\[\033[0m\]\\$ "
          fi
          if test "$TERM" = xterm; then
            PS1="\[\033]2;\h:\u:\w\007\]$PS1"
          fi
        fi
      '';
      description = "Commands that set the prompt.";
    };

    completion.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the tab key completes arguments of commands.";
    };

    completion.package = mkOption {
      type = types.package;
      default = pkgs.bash-completion;
      defaultText = literalExpression "pkgs.bash-completion";
      description = "The package of completions.";
    };
  };

  imports = [
    (lib.mkRenamedOptionModule
      [ "programs" "bash" "enableCompletion" ]
      [ "programs" "bash" "completion" "enable" ]
    )
  ];

  config = mkIf cfg.enable {
    programs.bash = {
      shellAliases = lib.mapAttrs (_: lib.mkDefault) environment.shellAliases;
      shellInit = ''
        if [ -z "$__NIXOS_SET_ENVIRONMENT_DONE" ]; then
          . ${config.system.build.setEnvironment}
        fi
        ${environment.shellInit}
      '';
      loginShellInit = environment.loginShellInit;
      interactiveShellInit =
        ''
          shopt -s checkwinsize
          ${cfg.promptInit}
          ${aliases}
        ''
        + lib.optionalString cfg.completion.enable ''
          if shopt -q progcomp &>/dev/null; then
            . "${cfg.completion.package}/share/bash-completion/bash_completion"
          fi
        ''
        + environment.interactiveShellInit;
    };

    environment.etc.profile.text = ''
      # Read by login shells. Local additions belong into /etc/profile.local.
      if [ -n "$__ETC_PROFILE_SOURCED" ]; then return; fi
      __ETC_PROFILE_SOURCED=1
      export __ETC_PROFILE_DONE=1
      ${cfg.shellInit}
      ${cfg.loginShellInit}
      if test -f /etc/profile.local; then
        . /etc/profile.local
      fi
      if [ -n "''${BASH_VERSION:-}" ]; then
        . /etc/bashrc
      fi
    '';

    environment.etc.bashrc.text = ''
      # Read by all shells. Local additions belong into /etc/bashrc.local.
      if [ -n "$__ETC_BASHRC_SOURCED" ] || [ -n "$NOSYSBASHRC" ]; then return; fi
      __ETC_BASHRC_SOURCED=1
      if [ -z "$__ETC_PROFILE_DONE" ]; then
        . /etc/profile
      fi
      if [ -n "$PS1" ]; then
        ${cfg.interactiveShellInit}
      fi
      if test -f /etc/bashrc.local; then
        . /etc/bashrc.local
      fi
    '';
    # Debian's bash reads its file for interactive shells under this name.
    environment.etc."bash.bashrc".text = ". /etc/bashrc\n";

    environment.etc.bash_logout.text = cfg.logout;
    # A serial terminal (systemd takes it for a VT220) knows no bracketed paste: it would show the sequences that switch it.
    environment.etc.inputrc.text = lib.mkDefault ''
      $include ${pkgs.debianPackages.readline-common}/share/readline/inputrc
      $if term=vt220
      set enable-bracketed-paste off
      $endif
    '';

    users.defaultUserShell = lib.mkDefault cfg.package;
    environment.pathsToLink = lib.optional cfg.completion.enable "/share/bash-completion";
    environment.shells = [
      "/run/current-system/sw/bin/bash"
      "${cfg.package}/bin/bash"
    ];
  };
}
