# SSHFS.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.sshfs or false;
  inSystem = config.boot.supportedFilesystems.sshfs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.sshfs ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "fuse"
      ];
    };
  };
}
