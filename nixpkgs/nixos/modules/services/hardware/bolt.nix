# bolt: devices on Thunderbolt.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.hardware.bolt;
in
{
  options.services.hardware.bolt = {
    enable = lib.mkEnableOption "bolt, which lets devices on Thunderbolt in";
    package = lib.mkPackageOption pkgs "bolt" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    security.polkit.enable = true;
  };
}
