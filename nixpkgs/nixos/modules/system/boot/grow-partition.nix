# The partition of the root file system grows to the end of its disk, as disks of clouds are larger than images.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  options.boot.growPartition = lib.mkEnableOption "the growth of the root partition to the end of its disk at boot";

  config = lib.mkIf config.boot.growPartition {
    systemd.services.growpart = {
      description = "Growth of the Root Partition";
      wantedBy = [ "-.mount" ];
      after = [ "-.mount" ];
      before = [
        "systemd-growfs-root.service"
        "shutdown.target"
      ];
      conflicts = [ "shutdown.target" ];
      unitConfig.DefaultDependencies = false;
      path = [
        pkgs.util-linux
        pkgs.coreutils
      ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        TimeoutSec = "infinity";
      };
      script = ''
        partition=$(readlink -f "$(findmnt --noheadings --output SOURCE /)")
        name=''${partition##*/}
        if [ ! -e "/sys/class/block/$name/partition" ]; then
          echo "$partition is a whole disk: nothing to grow"
          exit 0
        fi
        number=$(cat "/sys/class/block/$name/partition")
        disk=/dev/$(basename "$(dirname "$(readlink -f "/sys/class/block/$name")")")
        # The rest of the disk; the partition is in use, so the kernel is told afterwards.
        echo ", +" | sfdisk --no-reread --no-tell-kernel --partno "$number" "$disk"
        partx --update --nr "$number" "$disk"
      '';
    };
  };
}
