# Reading Btrfs file systems at times, to find what cannot be read.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.btrfs.autoScrub;
  # A device with several subvolumes is read once.
  mounted = lib.filter (fs: fs.fsType == "btrfs") config.system.build.fileSystems;
  byDevice = lib.groupBy (fs: fs.device) mounted;
  nameOf = mountPoint: if mountPoint == "/" then "-" else lib.replaceStrings [ "/" ] [ "-" ] (lib.removePrefix "/" mountPoint);
in
{
  options.services.btrfs.autoScrub = {
    enable = lib.mkEnableOption "reading Btrfs file systems at times";
    fileSystems = mkOption {
      type = types.listOf types.path;
      default = lib.mapAttrsToList (_: mounts: (lib.head mounts).mountPoint) byDevice;
      defaultText = lib.literalMD "a mount point of each device with Btrfs";
      example = [ "/" ];
      description = "Where they are mounted.";
    };
    interval = mkOption {
      type = types.str;
      default = "monthly";
      example = "weekly";
      description = "When: {manpage}`systemd.time(7)`.";
    };
    limit = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "100M";
      description = "Bytes a second at most.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.fileSystems != [ ];
        message = "services.btrfs.autoScrub.enable is on, but there is no Btrfs file system in fileSystems; name one in services.btrfs.autoScrub.fileSystems.";
      }
    ];
    systemd.services = lib.listToAttrs (
      map (
        mountPoint:
        lib.nameValuePair "btrfs-scrub-${nameOf mountPoint}" {
          description = "Btrfs scrub of ${mountPoint}";
          # A scrub keeps neither sleep nor shutdown waiting.
          conflicts = [
            "shutdown.target"
            "sleep.target"
          ];
          before = [
            "shutdown.target"
            "sleep.target"
          ];
          serviceConfig = {
            Type = "simple";
            Nice = 19;
            IOSchedulingClass = "idle";
            ExecStart = "${pkgs.btrfs-progs}/bin/btrfs scrub start -B ${
              lib.optionalString (cfg.limit != null) "--limit ${cfg.limit} "
            }${mountPoint}";
            # To be resumed, a scrub has to be stopped in good order.
            ExecStop = "-${pkgs.btrfs-progs}/bin/btrfs scrub cancel ${mountPoint}";
          };
        }
      ) cfg.fileSystems
    );
    systemd.timers = lib.listToAttrs (
      map (
        mountPoint:
        lib.nameValuePair "btrfs-scrub-${nameOf mountPoint}" {
          wantedBy = [ "timers.target" ];
          timerConfig = {
            OnCalendar = cfg.interval;
            AccuracySec = "1d";
            Persistent = true;
          };
        }
      ) cfg.fileSystems
    );
  };
}
