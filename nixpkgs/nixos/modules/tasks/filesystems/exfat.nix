# exFAT.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.exfat or false;
  inSystem = config.boot.supportedFilesystems.exfat or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.exfatprogs ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "exfat"
      ];
    };
  };
}
