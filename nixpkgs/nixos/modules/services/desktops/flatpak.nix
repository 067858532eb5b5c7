# Flatpak: programs from elsewhere, each in a sandbox.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.flatpak;
in
{
  options.services.flatpak = {
    enable = lib.mkEnableOption "Flatpak";
    package = lib.mkPackageOption pkgs "flatpak" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.profiles = [
      "$HOME/.local/share/flatpak/exports"
      "/var/lib/flatpak/exports"
    ];
    services.dbus.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    security.polkit.enable = true;
    users.users.flatpak = {
      isSystemUser = true;
      group = "flatpak";
    };
    users.groups.flatpak = { };
  };
}
