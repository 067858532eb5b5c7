# NILFS2.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.nilfs2 or false;
  inSystem = config.boot.supportedFilesystems.nilfs2 or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.nilfs-tools ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "nilfs2"
      ];
    };
  };
}
