# XFS.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.xfs or false;
  inSystem = config.boot.supportedFilesystems.xfs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.xfsprogs ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "xfs"
      ];
    };
  };
}
