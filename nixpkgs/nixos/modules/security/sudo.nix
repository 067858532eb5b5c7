# Commands in the name of other users, with sudo.
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
  cfg = config.security.sudo;

  tags = lib.concatMap (tag: [ tag "NO${tag}" ]) [
    "PASSWD"
    "EXEC"
    "SETENV"
    "LOG_INPUT"
    "LOG_OUTPUT"
    "MAIL"
    "FOLLOW"
    "INTERCEPT"
  ];

  commandType = types.either types.str (
    types.submodule {
      options = {
        command = mkOption {
          type = types.str;
          description = "A command with its arguments, or `ALL`.";
        };
        options = mkOption {
          type = types.listOf (types.enum tags);
          default = [ ];
          description = "Tags of the command.";
        };
      };
    }
  );

  namesOption =
    kind:
    mkOption {
      type = types.listOf (types.either types.str types.int);
      default = [ ];
      description = "The ${kind} that the rule is for, by name or number.";
    };

  ruleType = types.submodule {
    options = {
      users = namesOption "users";
      groups = namesOption "groups";
      host = mkOption {
        type = types.str;
        default = "ALL";
        description = "The machine that the rule is for.";
      };
      runAs = mkOption {
        type = types.str;
        default = "ALL:ALL";
        example = "foo:bar";
        description = "As whom commands may run: user and group.";
      };
      commands = mkOption {
        type = types.listOf commandType;
        description = "The commands.";
      };
    };
  };

  who =
    rule:
    map (user: if builtins.isInt user then "#${toString user}" else user) rule.users
    ++ map (group: if builtins.isInt group then "%#${toString group}" else "%${group}") rule.groups;

  what =
    command:
    if builtins.isString command then
      command
    else
      lib.concatMapStrings (tag: "${tag}: ") command.options + command.command;

  lineOf =
    rule:
    lib.concatStringsSep " " [
      (lib.concatStringsSep "," (who rule))
      "${rule.host}=(${rule.runAs})"
      (lib.concatMapStringsSep ", " what rule.commands)
    ]
    + "\n";

  text =
    "# Made by the system's configuration.\n"
    + lib.concatMapStrings lineOf (
      lib.filter (rule: rule.commands != [ ] && who rule != [ ]) cfg.extraRules
    )
    + cfg.extraConfig;

  checked =
    pkgs.runCommandLocal "sudoers"
      {
        text = cfg.configFile;
        passAsFile = [ "text" ];
      }
      ''
        ${cfg.package}/bin/visudo -f "$textPath" -c
        cp "$textPath" $out
      '';
in
{
  options.security.sudo = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether there is {command}`sudo`.";
    };

    package = mkOption {
      type = types.package;
      default = pkgs.sudo;
      defaultText = literalExpression "pkgs.sudo";
      description = "The package of sudo.";
    };

    wheelNeedsPassword = mkOption {
      type = types.bool;
      default = true;
      description = "Whether users of the group `wheel` type their password.";
    };

    execWheelOnly = mkOption {
      type = types.bool;
      default = false;
      description = "Whether only users of the group `wheel` can start sudo at all.";
    };

    keepTerminfo = mkOption {
      type = types.bool;
      default = true;
      description = "Whether {env}`TERMINFO` and {env}`TERMINFO_DIRS` are kept for root and the group `wheel`.";
    };

    extraRules = mkOption {
      type = types.listOf ruleType;
      default = [ ];
      example = literalExpression ''
        [ { users = [ "alice" ]; commands = [ { command = "ALL"; options = [ "NOPASSWD" ]; } ]; } ]
      '';
      description = "Rules in the order in which sudo reads them: the last one that fits counts.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of {manpage}`sudoers(5)`, after the rules.";
    };

    configFile = mkOption {
      type = types.lines;
      internal = true;
      default = text;
      defaultText = "";
      description = "The text of {file}`sudoers`.";
    };

    defaultOptions = mkOption {
      type = types.listOf (types.enum tags);
      default = [ "SETENV" ];
      description = "Tags of the commands that root and the group `wheel` may run.";
    };
  };

  config = mkIf cfg.enable {
    security.sudo.extraRules =
      let
        rule = who: options: [
          (
            {
              commands = [
                {
                  command = "ALL";
                  inherit options;
                }
              ];
            }
            // who
          )
        ];
      in
      lib.mkMerge [
        (lib.mkBefore (rule { users = [ "root" ]; } cfg.defaultOptions))
        (lib.mkOrder 600 (
          rule { groups = [ "wheel" ]; } (
            cfg.defaultOptions ++ lib.optional (!cfg.wheelNeedsPassword) "NOPASSWD"
          )
        ))
      ];

    security.sudo.extraConfig = lib.mkMerge [
      (lib.mkBefore ''
        Defaults env_keep+="SSH_AUTH_SOCK"
      '')
      (mkIf cfg.keepTerminfo ''
        Defaults:root,%wheel env_keep+=TERMINFO_DIRS
        Defaults:root,%wheel env_keep+=TERMINFO
      '')
    ];

    security.wrappers =
      let
        wrapper = program: {
          owner = "root";
          group = if cfg.execWheelOnly then "wheel" else "root";
          setuid = true;
          permissions = if cfg.execWheelOnly then "u+rx,g+x" else "u+rx,g+x,o+x";
          source = "${cfg.package}/bin/${program}";
        };
      in
      {
        sudo = wrapper "sudo";
        sudoedit = wrapper "sudoedit";
      };

    environment.systemPackages = [ cfg.package ];
    environment.etc.sudoers = {
      source = checked;
      mode = "0440";
    };

    security.pam.services.sudo.sshAgentAuth = lib.mkDefault config.security.pam.sshAgentAuth.enable;
    security.pam.services.sudo-i = { };
  };
}
