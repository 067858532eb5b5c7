# SquashFS, a packed file system that cannot be changed.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.squashfs or false;
  inSystem = config.boot.supportedFilesystems.squashfs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.squashfsTools ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "squashfs"
        "loop"
      ];
    };
  };
}
