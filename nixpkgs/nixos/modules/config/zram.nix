# Swap in memory, compressed.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.zramSwap;
  devices = map (index: "zram${toString index}") (lib.range 0 (cfg.swapDevices - 1));
in
{
  options.zramSwap = {
    enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Whether a part of the memory is used as compressed swap: more fits into it.";
    };
    swapDevices = mkOption {
      type = types.ints.positive;
      default = 1;
      description = "How many devices there are.";
    };
    memoryPercent = mkOption {
      type = types.ints.positive;
      default = 50;
      description = "How much can be stored, uncompressed, in percent of the memory.";
    };
    memoryMax = mkOption {
      type = types.nullOr types.ints.positive;
      default = null;
      description = "How much can be stored at most, in bytes; null for no limit but `memoryPercent`.";
    };
    priority = mkOption {
      type = types.int;
      default = 5;
      description = "Its priority among swap devices; higher than that of disks, so that it is used first.";
    };
    algorithm = mkOption {
      type = types.str;
      default = "zstd";
      example = "lz4";
      description = "How it is compressed: what {file}`/sys/block/zram0/comp_algorithm` lists.";
    };
    writebackDevice = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/dev/sdX";
      description = "A device that takes what does not compress.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.writebackDevice == null || cfg.swapDevices == 1;
        message = "zramSwap.writebackDevice can serve one device only: set zramSwap.swapDevices = 1.";
      }
    ];

    boot.kernelModules = [ "zram" ];
    boot.extraModprobeConfig = "options zram num_devices=${toString cfg.swapDevices}";

    systemd.services = lib.listToAttrs (
      map (
        name:
        lib.nameValuePair "swap-${name}" {
          description = "Compressed Swap on ${name}";
          wantedBy = [ "swap.target" ];
          before = [ "swap.target" ];
          after = [
            "systemd-modules-load.service"
            "dev-${name}.device"
          ];
          requires = [ "dev-${name}.device" ];
          unitConfig.DefaultDependencies = false;
          path = [ pkgs.util-linux ];
          script = ''
            memory=$(( $(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) * 1024 ))
            size=$(( memory * ${toString cfg.memoryPercent} / 100 / ${toString cfg.swapDevices} ))
            ${lib.optionalString (cfg.memoryMax != null) ''
              most=$(( ${toString cfg.memoryMax} / ${toString cfg.swapDevices} ))
              if (( size > most )); then size=$most; fi
            ''}
            echo ${lib.escapeShellArg cfg.algorithm} > /sys/block/${name}/comp_algorithm
            ${lib.optionalString (
              cfg.writebackDevice != null
            ) "echo ${lib.escapeShellArg cfg.writebackDevice} > /sys/block/${name}/backing_dev"}
            echo $size > /sys/block/${name}/disksize
            mkswap /dev/${name} > /dev/null
            swapon --priority ${toString cfg.priority} /dev/${name}
          '';
          preStop = ''
            swapoff /dev/${name}
            echo 1 > /sys/block/${name}/reset
          '';
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
          };
          restartIfChanged = false;
        }
      ) devices
    );
  };
}
