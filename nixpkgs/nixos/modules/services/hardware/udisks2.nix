# UDisks: disks that users mount.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.udisks2;
in
{
  options.services.udisks2 = {
    enable = lib.mkEnableOption "UDisks, by which users mount disks";
    package = lib.mkPackageOption pkgs "udisks2" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    systemd.services.udisks2.wantedBy = [ "graphical.target" ];
    systemd.tmpfiles.rules = [ "d /var/lib/udisks2 0755 root root - -" ];
    security.polkit.enable = true;
  };
}
