# FAT, which firmware starts from.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.vfat or false;
  inSystem = config.boot.supportedFilesystems.vfat or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.dosfstools ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "vfat"
        "nls_cp437"
        "nls_iso8859-1"
      ];
      programs."fsck.vfat" = "${pkgs.dosfstools}/bin/fsck.vfat";
    };
  };
}
