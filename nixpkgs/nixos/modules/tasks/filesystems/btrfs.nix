# Btrfs.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.btrfs or false;
  inSystem = config.boot.supportedFilesystems.btrfs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.btrfs-progs ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "btrfs"
      ];
      programs.btrfs = "${pkgs.btrfs-progs}/bin/btrfs";
      # A file system over several devices is mounted once the kernel has seen all of them.
      lookAgainCommands = "/bin/btrfs device scan >/dev/null 2>&1";
      postDeviceCommands = lib.mkBefore "/bin/btrfs device scan >/dev/null";
    };
  };
}
