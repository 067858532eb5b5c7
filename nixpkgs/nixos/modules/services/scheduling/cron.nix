# cron: commands at given times.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkIf
    mkOption
    optionalString
    types
    ;

  cfg = config.services.cron;
  systemCronTab = pkgs.writeText "crontab" ''
    SHELL=${pkgs.bash}/bin/bash
    PATH=${config.security.wrapperDir}:/run/current-system/sw/bin:/run/current-system/sw/sbin
    ${optionalString (cfg.mailto != null) "MAILTO=\"${cfg.mailto}\""}
    NIX_CONF_DIR=/etc/nix
    ${lib.concatStrings (map (job: job + "\n") cfg.systemCronJobs)}
  '';
  files = [ systemCronTab ] ++ cfg.cronFiles;
in
{
  options.services.cron = {
    enable = mkOption {
      type = types.bool;
      default = cfg.systemCronJobs != [ ] || cfg.cronFiles != [ ];
      defaultText = lib.literalMD "whether there is anything to run";
      description = "Whether cron runs.";
    };
    mailto = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Address that the output of commands is sent to.";
    };
    systemCronJobs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "* * * * *  eelco  ls -l / > /tmp/cronout" ];
      description = "Lines of the system's crontab(5): the time, the user and the command.";
    };
    cronFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Files of such lines.";
    };
  };

  config = mkIf cfg.enable {
    security.wrappers.crontab = {
      setgid = true;
      owner = "root";
      group = "crontab";
      source = "${pkgs.cron}/bin/crontab";
    };
    users.groups.crontab = { };

    # cron distrusts links, so each file is a copy.
    environment.etc = lib.listToAttrs (
      lib.imap0 (
        index: file:
        lib.nameValuePair (if index == 0 then "crontab" else "cron.d/nixos-${toString index}") {
          source = file;
          mode = "0600";
        }
      ) files
    );

    security.pam.services.cron = { };

    systemd.services.cron = {
      description = "Cron Daemon";
      wantedBy = [ "multi-user.target" ];
      after = [ "nss-user-lookup.target" ];
      restartTriggers = [ config.environment.etc.localtime.source or null ] ++ files;
      serviceConfig = {
        ExecStart = "${pkgs.cron}/bin/cron -f";
        KillMode = "process";
        Restart = "on-failure";
      };
    };
    systemd.tmpfiles.rules = [ "d /var/spool/cron/crontabs 1730 root crontab - -" ];
  };
}
