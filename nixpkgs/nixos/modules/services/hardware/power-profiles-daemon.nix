# power-profiles-daemon: performance or battery life, as the user chooses.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.power-profiles-daemon;
in
{
  options.services.power-profiles-daemon = {
    enable = lib.mkEnableOption "power-profiles-daemon, by which users choose between performance and battery life";
    package = lib.mkPackageOption pkgs "power-profiles-daemon" { };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = !config.services.tlp.enable;
        message = "services.power-profiles-daemon.enable and services.tlp.enable exclude each other.";
      }
    ];
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    systemd.services.power-profiles-daemon.wantedBy = [ "graphical.target" ];
    security.polkit.enable = true;
  };
}
