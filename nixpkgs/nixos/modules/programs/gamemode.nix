# GameMode, which speeds games up.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.gamemode;
in
{
  options.programs.gamemode = {
    enable = lib.mkEnableOption "GameMode, which speeds games up";
    package = lib.mkPackageOption pkgs "gamemode" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    security.polkit.enable = true;
    users.groups.gamemode = { };
  };
}
