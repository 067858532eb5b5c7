# Commands in the name of other users, with doas.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.security.doas;

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  names =
    kind:
    mkOption {
      type = types.listOf (types.either types.str types.int);
      default = [ ];
      description = "The ${kind} that the rule is for.";
    };

  ruleType = types.submodule {
    options = {
      noPass = flag false "Whether no password is asked for.";
      persist = flag false "Whether the password is not asked for again for a while.";
      noLog = flag false "Whether the commands are not logged.";
      keepEnv = flag false "Whether environment variables are kept.";
      setEnv = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [
          "-SSH_AUTH_SOCK"
          "HOME=/tmp"
        ];
        description = "Environment variables to set, to keep, or with `-` to unset.";
      };
      users = names "users";
      groups = names "groups";
      runAs = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "root";
        description = "As whom commands may run; null for anybody.";
      };
      cmd = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "The command; null for all.";
      };
      args = mkOption {
        type = types.nullOr (types.listOf types.str);
        default = null;
        description = "The arguments that the command must have; null for any.";
      };
    };
  };

  words =
    rule:
    lib.optional rule.noPass "nopass"
    ++ lib.optional rule.persist "persist"
    ++ lib.optional rule.noLog "nolog"
    ++ lib.optional rule.keepEnv "keepenv"
    ++ [ "setenv { SSH_AUTH_SOCK TERMINFO TERMINFO_DIRS ${lib.concatStringsSep " " rule.setEnv} }" ];

  lineFor =
    rule: who:
    lib.concatStringsSep " " (
      [ "permit" ]
      ++ words rule
      ++ [ who ]
      ++ lib.optional (rule.runAs != null) "as ${rule.runAs}"
      ++ lib.optional (rule.cmd != null) "cmd ${rule.cmd}"
      ++ lib.optional (rule.args != null) "args ${lib.concatStringsSep " " rule.args}"
    )
    + "\n";

  linesOf =
    rule:
    lib.concatMapStrings (lineFor rule) (map toString rule.users ++ map (group: ":${toString group}") rule.groups);

  text = lib.concatMapStrings linesOf cfg.extraRules + cfg.extraConfig + "permit nopass keepenv root\n";

  checked = pkgs.runCommandLocal "doas.conf" {
    inherit text;
    passAsFile = [ "text" ];
  } ''
    ${pkgs.opendoas}/bin/doas -C "$textPath"
    cp "$textPath" $out
  '';
in
{
  options.security.doas = {
    enable = flag false "Whether there is {command}`doas`.";
    wheelNeedsPassword = flag true "Whether users of the group `wheel` type their password.";
    extraRules = mkOption {
      type = types.listOf ruleType;
      default = [ ];
      example = [
        {
          users = [ "alice" ];
          noPass = true;
        }
      ];
      description = "Rules in the order in which doas reads them: the last one that fits counts.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Lines of {manpage}`doas.conf(5)`, after the rules.";
    };
  };

  config = mkIf cfg.enable {
    security.doas.extraRules = lib.mkOrder 600 [
      {
        groups = [ "wheel" ];
        noPass = !cfg.wheelNeedsPassword;
      }
    ];

    security.wrappers.doas = {
      owner = "root";
      group = "root";
      setuid = true;
      source = "${pkgs.opendoas}/bin/doas";
    };

    environment.systemPackages = [ pkgs.opendoas ];
    environment.etc."doas.conf" = {
      source = checked;
      mode = "0400";
    };
    security.pam.services.doas = { };
  };
}
