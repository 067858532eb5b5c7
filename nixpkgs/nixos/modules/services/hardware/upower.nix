# UPower: what batteries and power supplies are doing.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.upower;
in
{
  options.services.upower = {
    enable = lib.mkEnableOption "UPower, which tells programs of batteries";
    package = lib.mkPackageOption pkgs "upower" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    systemd.services.upower.wantedBy = [ "graphical.target" ];
  };
}
