# fwupd: updates of firmware.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.fwupd;
in
{
  options.services.fwupd = {
    enable = lib.mkEnableOption "fwupd, by which users update firmware";
    package = lib.mkPackageOption pkgs "fwupd" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc = {
      "fwupd/fwupd.conf".source = "${cfg.package}/etc/fwupd/fwupd.conf";
      "fwupd/remotes.d".source = "${cfg.package}/etc/fwupd/remotes.d";
    };
    services.dbus.packages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
    services.udisks2.enable = true;
    systemd.packages = [ cfg.package ];
    security.polkit.enable = true;
    users.users.fwupd-refresh = {
      isSystemUser = true;
      group = "fwupd-refresh";
    };
    users.groups.fwupd-refresh = { };
  };
}
