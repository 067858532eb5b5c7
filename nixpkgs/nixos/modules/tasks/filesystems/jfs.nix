# JFS.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.jfs or false;
  inSystem = config.boot.supportedFilesystems.jfs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.jfsutils ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "jfs"
      ];
    };
  };
}
