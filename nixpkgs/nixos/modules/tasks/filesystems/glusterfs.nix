# GlusterFS.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.glusterfs or false;
  inSystem = config.boot.supportedFilesystems.glusterfs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.glusterfs-client ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "fuse"
      ];
    };
  };
}
