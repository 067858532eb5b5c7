# GVfs: trash, disks and servers as folders in the file managers of desktops.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.gvfs;
in
{
  options.services.gvfs = {
    enable = lib.mkEnableOption "GVfs, by which file managers show trash, disks and servers";
    package = lib.mkPackageOption pkgs "gvfs-daemons" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    services.udev.packages = [ pkgs.libmtp-runtime ];
    services.udisks2.enable = lib.mkDefault true;
  };
}
