# NFS, as a client.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.nfs or false;
  inSystem = config.boot.supportedFilesystems.nfs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.nfs-utils ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "nfs"
      ];
    };
  };
}
