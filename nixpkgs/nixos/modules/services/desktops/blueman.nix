# Blueman: Bluetooth from the desktop.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.blueman;
in
{
  options.services.blueman = {
    enable = lib.mkEnableOption "Blueman, a program for Bluetooth on the desktop";
    package = lib.mkPackageOption pkgs "blueman" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
  };
}
