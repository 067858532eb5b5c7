# Sway, a window manager for Wayland.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.sway;
in
{
  options.programs.sway = {
    enable = lib.mkEnableOption "Sway, a window manager for Wayland";
    package = lib.mkPackageOption pkgs "sway" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    assertions = [
      {
        assertion = config.security.polkit.enable;
        message = "programs.sway.enable needs security.polkit.enable.";
      }
    ];
    environment.etc."sway/config".source = lib.mkDefault "${cfg.package}/etc/sway/config";
    services.displayManager.sessionPackages = [ cfg.package ];
    security.polkit.enable = lib.mkDefault true;
    security.pam.services.swaylock = { };
    programs.dconf.enable = lib.mkDefault true;
    programs.xwayland.enable = lib.mkDefault true;
  };
}
