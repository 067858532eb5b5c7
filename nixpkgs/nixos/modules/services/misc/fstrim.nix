# fstrim: tells solid state disks which blocks are free.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.fstrim;
in
{
  options.services.fstrim = {
    enable = lib.mkOption {
      type = lib.types.bool;
      default = !config.boot.isContainer;
      defaultText = lib.literalExpression "!config.boot.isContainer";
      description = "Whether mounted file systems are trimmed at times.";
    };
    interval = lib.mkOption {
      type = lib.types.str;
      default = "weekly";
      description = "When, as in systemd.time(7).";
    };
  };

  config = lib.mkIf cfg.enable {
    systemd.services.fstrim = {
      description = "Discard unused blocks on filesystems";
      unitConfig.ConditionVirtualization = "!container";
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${pkgs.util-linux}/bin/fstrim --listed-in /etc/fstab:/proc/self/mountinfo --verbose --quiet-unsupported";
        PrivateNetwork = true;
        PrivateUsers = false;
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectControlGroups = true;
        MemoryDenyWriteExecute = true;
        SystemCallFilter = "@default @file-system @basic-io @system-service";
      };
    };
    systemd.timers.fstrim = {
      description = "Discard unused blocks at times";
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnCalendar = cfg.interval;
        AccuracySec = "1h";
        Persistent = true;
        RandomizedDelaySec = "100min";
      };
    };
  };
}
