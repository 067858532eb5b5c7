# earlyoom: ends a process before memory is full.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.earlyoom;
  both = term: kill: toString term + lib.optionalString (kill != null) ",${toString kill}";
  percent =
    default: what:
    lib.mkOption {
      type = lib.types.ints.between 1 100;
      inherit default;
      description = "${what}, in percent, below which a process is asked to end.";
    };
  nullOrPercent =
    what:
    lib.mkOption {
      type = lib.types.nullOr (lib.types.ints.between 1 100);
      default = null;
      description = "The same for ending it at once by ${what}; null is half of the other.";
    };
in
{
  options.services.earlyoom = {
    enable = lib.mkEnableOption "earlyoom, which ends a process before memory is full";
    package = lib.mkPackageOption pkgs "earlyoom" { };
    freeMemThreshold = percent 10 "Free memory";
    freeSwapThreshold = percent 10 "Free swap";
    freeMemKillThreshold = nullOrPercent "free memory";
    freeSwapKillThreshold = nullOrPercent "free swap";
    enableNotifications = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether users are told on the system's bus.";
    };
    reportInterval = lib.mkOption {
      type = lib.types.int;
      default = 3600;
      example = 0;
      description = "Seconds between reports in the journal; 0 is none.";
    };
    extraArgs = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [
        "--prefer"
        "^firefox$"
      ];
      description = "Arguments of the program.";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.earlyoom = {
      description = "Early OOM";
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        ExecStart = lib.concatStringsSep " " (
          [
            "${cfg.package}/bin/earlyoom"
            "-m ${both cfg.freeMemThreshold cfg.freeMemKillThreshold}"
            "-s ${both cfg.freeSwapThreshold cfg.freeSwapKillThreshold}"
            "-r ${toString cfg.reportInterval}"
          ]
          ++ lib.optional cfg.enableNotifications "-n"
          ++ [ (lib.escapeShellArgs cfg.extraArgs) ]
        );
        Restart = "on-failure";
      };
    };
  };
}
