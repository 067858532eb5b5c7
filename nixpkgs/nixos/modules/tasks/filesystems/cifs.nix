# CIFS, the file shares of Windows and Samba.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inInitrd = config.boot.initrd.supportedFilesystems.cifs or false;
  inSystem = config.boot.supportedFilesystems.cifs or false;
in
{
  config = lib.mkIf (inInitrd || inSystem) {
    system.fsPackages = [ pkgs.cifs-utils ];
    boot.initrd = lib.mkIf inInitrd {
      availableKernelModules = [
        "cifs"
        "nls_utf8"
        "md4"
        "sha256"
        "sha512"
        "cmac"
        "ecb"
      ];
    };
  };
}
