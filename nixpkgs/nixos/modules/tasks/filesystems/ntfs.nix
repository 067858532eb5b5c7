# NTFS.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.ntfs or false;
  inSystem = config.boot.supportedFilesystems.ntfs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.ntfs3g ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "ntfs3"
      ];
    };
  };
}
