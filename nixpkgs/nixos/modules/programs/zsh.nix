# The shell zsh.
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
    optionalString
    types
    ;

  cfg = config.programs.zsh;
  environment = config.environment;

  aliases = lib.concatStrings (
    lib.mapAttrsToList (name: value: "alias -- ${lib.escapeShellArg name}=${lib.escapeShellArg (toString value)}\n") (
      lib.filterAttrs (_: value: value != null) cfg.shellAliases
    )
  );

  lines =
    description:
    mkOption {
      type = types.lines;
      default = "";
      inherit description;
    };
in
{
  options.programs.zsh = {
    enable = mkEnableOption "zsh for all users";
    shellAliases = mkOption {
      type = types.attrsOf (types.nullOr (types.either types.str types.path));
      default = { };
      description = "Aliases of zsh, besides {option}`environment.shellAliases`.";
    };
    shellInit = lines "Commands that every zsh runs.";
    loginShellInit = lines "Commands that login shells run.";
    interactiveShellInit = lines "Commands that interactive shells run.";
    promptInit = mkOption {
      type = types.lines;
      default = ''
        autoload -U promptinit && promptinit && prompt suse && setopt prompt_sp
      '';
      description = "Commands that set the prompt.";
    };
    histSize = mkOption {
      type = types.int;
      default = 2000;
      description = "Number of commands that are remembered.";
    };
    histFile = mkOption {
      type = types.str;
      default = "$HOME/.zsh_history";
      description = "File in which they are kept.";
    };
    setOptions = mkOption {
      type = types.listOf types.str;
      default = [
        "HIST_IGNORE_DUPS"
        "SHARE_HISTORY"
        "HIST_FCNTL_LOCK"
      ];
      description = "Options of zshoptions(1) to set.";
    };
    enableCompletion = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the tab key completes.";
    };
    enableBashCompletion = mkOption {
      type = types.bool;
      default = false;
      description = "Whether completions written for bash work too.";
    };
    enableGlobalCompInit = mkOption {
      type = types.bool;
      default = cfg.enableCompletion;
      defaultText = lib.literalExpression "config.programs.zsh.enableCompletion";
      description = "Whether completion is set up for all users, and not by each user's own file.";
    };
    enableLsColors = mkOption {
      type = types.bool;
      default = true;
      description = "Whether `ls` and completions are coloured.";
    };
    autosuggestions = {
      enable = mkEnableOption "suggestions of commands while one types";
      async = mkOption {
        type = types.bool;
        default = true;
        description = "Whether suggestions are looked for beside the typing.";
      };
      highlightStyle = mkOption {
        type = types.str;
        default = "fg=8";
        description = "How suggestions look.";
      };
      strategy = mkOption {
        type = types.listOf (
          types.enum [
            "history"
            "completion"
            "match_prev_cmd"
          ]
        );
        default = [ "history" ];
        description = "Where suggestions come from.";
      };
      extraConfig = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example.ZSH_AUTOSUGGEST_BUFFER_MAX_SIZE = "20";
        description = "More variables of zsh-autosuggestions.";
      };
    };
    syntaxHighlighting = {
      enable = mkEnableOption "colours of commands while one types";
      highlighters = mkOption {
        type = types.listOf (
          types.enum [
            "main"
            "brackets"
            "pattern"
            "cursor"
            "regexp"
            "root"
            "line"
          ]
        );
        default = [ "main" ];
        description = "What is coloured.";
      };
      patterns = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example."rm -rf *" = "fg=white,bold,bg=red";
        description = "Patterns and how they look.";
      };
      styles = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example.alias = "fg=magenta,bold";
        description = "Kinds of words and how they look.";
      };
    };
  };

  config = mkIf cfg.enable {
    programs.zsh.shellAliases = lib.mapAttrs (_: lib.mkDefault) environment.shellAliases;

    environment.etc.zshenv.text = ''
      if [ -n "''${__ETC_ZSHENV_SOURCED-}" ]; then return; fi
      __ETC_ZSHENV_SOURCED=1
      if [ -z "''${__NIXOS_SET_ENVIRONMENT_DONE-}" ]; then
        . ${config.system.build.setEnvironment}
      fi
      HELPDIR="${pkgs.zsh-common}/share/zsh/help"
      for profile in ''${=NIX_PROFILES}; do
        fpath=($profile/share/zsh/site-functions $profile/share/zsh/vendor-completions $fpath)
      done
      fpath+=(${pkgs.zsh-common}/share/zsh/functions/**/*(/N) ${pkgs.zsh-common}/share/zsh/functions(/N))
      ${environment.shellInit}
      ${cfg.shellInit}
      if test -f /etc/zshenv.local; then . /etc/zshenv.local; fi
    '';

    environment.etc.zprofile.text = ''
      if [ -n "''${__ETC_ZPROFILE_SOURCED-}" ]; then return; fi
      __ETC_ZPROFILE_SOURCED=1
      ${environment.loginShellInit}
      ${cfg.loginShellInit}
      if test -f /etc/zprofile.local; then . /etc/zprofile.local; fi
    '';

    environment.etc.zshrc.text = ''
      if [ -n "$__ETC_ZSHRC_SOURCED" ] || [ -n "$NOSYSZSHRC" ]; then return; fi
      __ETC_ZSHRC_SOURCED=1
      ${optionalString (cfg.setOptions != [ ]) "setopt ${toString cfg.setOptions}"}
      HISTFILE=${cfg.histFile}
      HISTSIZE=${toString cfg.histSize}
      SAVEHIST=${toString cfg.histSize}
      bindkey -e
      ${optionalString cfg.enableGlobalCompInit "autoload -U compinit && compinit"}
      ${optionalString cfg.enableBashCompletion "autoload -U bashcompinit && bashcompinit"}
      ${optionalString cfg.autosuggestions.enable ''
        . ${pkgs.zsh-autosuggestions}/share/zsh-autosuggestions/zsh-autosuggestions.zsh
        ZSH_AUTOSUGGEST_HIGHLIGHT_STYLE=${lib.escapeShellArg cfg.autosuggestions.highlightStyle}
        ZSH_AUTOSUGGEST_STRATEGY=(${toString cfg.autosuggestions.strategy})
        ${optionalString cfg.autosuggestions.async "ZSH_AUTOSUGGEST_USE_ASYNC=1"}
        ${lib.concatStrings (
          lib.mapAttrsToList (name: value: "${name}=${lib.escapeShellArg value}\n") cfg.autosuggestions.extraConfig
        )}
      ''}
      ${environment.interactiveShellInit}
      ${cfg.interactiveShellInit}
      ${optionalString cfg.syntaxHighlighting.enable ''
        . ${pkgs.zsh-syntax-highlighting}/share/zsh-syntax-highlighting/zsh-syntax-highlighting.zsh
        ZSH_HIGHLIGHT_HIGHLIGHTERS=(${toString cfg.syntaxHighlighting.highlighters})
        ${lib.concatStrings (
          lib.mapAttrsToList (
            pattern: style: "ZSH_HIGHLIGHT_PATTERNS+=(${lib.escapeShellArg pattern} ${lib.escapeShellArg style})\n"
          ) cfg.syntaxHighlighting.patterns
        )}
        ${lib.concatStrings (
          lib.mapAttrsToList (
            kind: style: "ZSH_HIGHLIGHT_STYLES[${kind}]=${lib.escapeShellArg style}\n"
          ) cfg.syntaxHighlighting.styles
        )}
      ''}
      ${optionalString cfg.enableLsColors ''eval "$(${pkgs.coreutils}/bin/dircolors -b)"''}
      ${aliases}
      ${cfg.promptInit}
      if test -f /etc/zshrc.local; then . /etc/zshrc.local; fi
    '';

    # Debian's zsh reads the files of /etc/zsh.
    environment.etc."zsh/zshenv".text = ". /etc/zshenv\n";
    environment.etc."zsh/zprofile".text = ". /etc/zprofile\n";
    environment.etc."zsh/zshrc".text = ". /etc/zshrc\n";

    environment.systemPackages = [ pkgs.zsh ];
    environment.pathsToLink = [ "/share/zsh" ];
    environment.shells = [
      "/run/current-system/sw/bin/zsh"
      "${pkgs.zsh}/bin/zsh"
    ];
  };
}
