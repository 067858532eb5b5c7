# Xfconf, where programs of Xfce keep their settings.
{
  config,
  lib,
  pkgs,
  ...
}:
{
  options.programs.xfconf.enable = lib.mkEnableOption "Xfconf, where programs of Xfce keep their settings";

  config = lib.mkIf config.programs.xfconf.enable {
    environment.systemPackages = [ pkgs.xfconf ];
    services.dbus.packages = [ pkgs.xfconf ];
    systemd.packages = [ pkgs.xfconf ];
  };
}
