# Decisions about what users may ask of system services.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.security.polkit;
in
{
  options.security.polkit = {
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether polkit runs.";
    };

    package = mkOption {
      type = types.package;
      default = pkgs.polkit;
      defaultText = lib.literalExpression "pkgs.polkit";
      description = "The package of polkit.";
    };

    debug = mkOption {
      type = types.bool;
      default = false;
      description = "Whether rules may log, with `polkit.log()`.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = ''
        polkit.addRule(function(action, subject) {
          if (subject.user == "alice") return "yes";
        });
      '';
      description = "Rules in JavaScript: {manpage}`polkit(8)`.";
    };

    adminIdentities = mkOption {
      type = types.listOf types.str;
      default = [ "unix-group:wheel" ];
      example = [ "unix-user:alice" ];
      description = "Who is asked for a password where an administrator is wanted.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.pathsToLink = [ "/share/polkit-1" ];
    systemd.packages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];

    systemd.services.polkit = {
      serviceConfig.ExecStart = [
        ""
        "${cfg.package}/lib/polkit-1/polkitd ${lib.optionalString (!cfg.debug) "--no-debug"}"
      ];
      restartTriggers = [
        config.system.path
        config.environment.etc."polkit-1/rules.d/10-nixos.rules".text
      ];
      stopIfChanged = false;
    };

    environment.etc."polkit-1/rules.d/10-nixos.rules".text = ''
      polkit.addAdminRule(function(action, subject) {
        return [${lib.concatMapStringsSep ", " builtins.toJSON cfg.adminIdentities}];
      });

      ${cfg.extraConfig}
    '';

    security.pam.services.polkit-1 = { };

    security.wrappers = {
      pkexec = {
        owner = "root";
        group = "root";
        setuid = true;
        source = "${cfg.package}/bin/pkexec";
      };
      polkit-agent-helper-1 = {
        owner = "root";
        group = "root";
        setuid = true;
        source = "${cfg.package}/lib/polkit-1/polkit-agent-helper-1";
      };
    };
    system.usrTree.links."lib/polkit-1/polkit-agent-helper-1" =
      "${config.security.wrapperDir}/polkit-agent-helper-1";

    # The name that Debian's service runs under.
    users.users.polkitd = {
      description = "polkit";
      uid = config.ids.uids.polkituser;
      group = "polkitd";
      isSystemUser = true;
    };
    users.groups.polkitd = { };
  };
}
