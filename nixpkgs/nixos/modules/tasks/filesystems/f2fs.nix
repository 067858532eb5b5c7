# F2FS, for flash memory.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.f2fs or false;
  inSystem = config.boot.supportedFilesystems.f2fs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.f2fs-tools ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "f2fs"
      ];
      programs."fsck.f2fs" = "${pkgs.f2fs-tools}/bin/fsck.f2fs";
    };
  };
}
