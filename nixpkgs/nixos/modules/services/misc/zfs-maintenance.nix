# Upkeep of ZFS pools at times: scrubbing and trimming.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.zfs;
  pools = list: if list == [ ] then "$(zpool list -H -o name)" else lib.escapeShellArgs list;
  interval =
    default:
    mkOption {
      type = types.str;
      inherit default;
      description = "When, as in systemd.time(7).";
    };
  timer = calendar: {
    wantedBy = [ "timers.target" ];
    timerConfig = {
      OnCalendar = calendar;
      Persistent = "yes";
      RandomizedDelaySec = "6h";
    };
  };
in
{
  options.services.zfs = {
    autoScrub = {
      enable = lib.mkEnableOption "looking at times whether all data in ZFS pools can be read";
      interval = interval "monthly";
      pools = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "tank" ];
        description = "Pools to scrub; none means all.";
      };
    };
    trim = {
      enable = mkOption {
        type = types.bool;
        default = config.boot.supportedFilesystems.zfs or false;
        defaultText = lib.literalExpression "config.boot.supportedFilesystems.zfs or false";
        description = "Whether solid state disks of ZFS pools are told at times which blocks are free.";
      };
      interval = interval "weekly";
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.autoScrub.enable {
      systemd.services.zfs-scrub = {
        description = "ZFS pools scrubbing";
        after = [ "zfs-import.target" ];
        path = [ pkgs.zfs ];
        serviceConfig.Type = "simple";
        script = "zpool scrub -w ${pools cfg.autoScrub.pools}";
      };
      systemd.timers.zfs-scrub = timer cfg.autoScrub.interval;
    })
    (mkIf cfg.trim.enable {
      systemd.services.zpool-trim = {
        description = "ZFS pools trim";
        after = [ "zfs-import.target" ];
        path = [ pkgs.zfs ];
        # A pool without solid state disks has nothing to trim.
        script = ''
          for pool in $(zpool list -H -o name); do
            zpool trim "$pool" || true
          done
        '';
      };
      systemd.timers.zpool-trim = timer cfg.trim.interval;
    })
  ];
}
