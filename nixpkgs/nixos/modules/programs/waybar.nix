# Waybar, a bar for Wayland's compositors.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.waybar;
in
{
  options.programs.waybar = {
    enable = lib.mkEnableOption "Waybar, a bar for Wayland's compositors";
    package = lib.mkPackageOption pkgs "waybar" { };
    systemd.target = lib.mkOption {
      type = lib.types.str;
      default = "graphical-session.target";
      description = "Unit that starts it.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    systemd.user.services.waybar.wantedBy = [ cfg.systemd.target ];
  };
}
