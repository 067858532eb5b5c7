# Hyprland, a compositor for Wayland that tiles its windows.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkEnableOption mkIf mkOption types;
  cfg = config.programs.hyprland;
in
{
  options.programs.hyprland = {
    enable = mkEnableOption "Hyprland, a compositor for Wayland that tiles its windows";
    package = lib.mkPackageOption pkgs "hyprland" { };
    portalPackage = lib.mkPackageOption pkgs "xdg-desktop-portal-hyprland" { };
    xwayland.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether programs of X11 can be used.";
    };
    withUWSM = mkEnableOption "a session whose parts are units of systemd, by way of UWSM";
    systemd.setPath.enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether units of the user's session find the programs of the system and of the user.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    # Its assets and the wall paper are looked for below /usr.
    system.usrTree.packages = [ cfg.package ];
    environment.pathsToLink = [ "/share/hypr" ];

    hardware.graphics.enable = lib.mkDefault true;
    programs.xwayland.enable = cfg.xwayland.enable;
    programs.dconf.enable = lib.mkDefault true;
    programs.uwsm = mkIf cfg.withUWSM {
      enable = true;
      waylandCompositors.hyprland = {
        prettyName = "Hyprland";
        comment = "Hyprland, managed by UWSM";
        binPath = "/run/current-system/sw/bin/Hyprland";
      };
    };
    security.polkit.enable = true;
    security.pam.services.hyprlock = { };
    services.displayManager.sessionPackages = [ cfg.package ];
    xdg.portal = {
      enable = true;
      extraPortals = [ cfg.portalPackage ];
      configPackages = lib.mkDefault [ cfg.package ];
    };
    systemd.user.extraConfig = mkIf cfg.systemd.setPath.enable ''
      DefaultEnvironment="PATH=/run/wrappers/bin:/etc/profiles/per-user/%u/bin:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin"
    '';
  };
}
