# EROFS, a file system that cannot be changed.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.erofs or false;
  inSystem = config.boot.supportedFilesystems.erofs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.erofs-utils ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "erofs"
        "loop"
      ];
    };
  };
}
