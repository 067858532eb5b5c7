# LXQt.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.xserver.desktopManager.lxqt;
in
{
  options.services.xserver.desktopManager.lxqt.enable = lib.mkEnableOption "the desktop LXQt";

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [
      pkgs.lxqt-session
      pkgs.lxqt-panel
      pkgs.lxqt-config
      pkgs.lxqt-runner
      pkgs.lxqt-notificationd
      pkgs.lxqt-policykit
      pkgs.lxqt-globalkeys
      pkgs.lxqt-powermanagement
      pkgs.lxqt-qtplugin
      pkgs.lxqt-themes
      pkgs.pcmanfm-qt
      pkgs.qterminal
      pkgs.openbox
      pkgs.breeze-icon-theme
      pkgs.hicolor-icon-theme
      pkgs.desktop-file-utils
      pkgs.shared-mime-info
      pkgs.dejavu_fonts
    ];
    environment.pathsToLink = [
      "/share/lxqt"
      "/share/applications"
      "/share/icons"
      "/share/pixmaps"
      "/share/desktop-directories"
      "/share/mime"
    ];
    services.displayManager.sessionPackages = [ pkgs.lxqt-session ];
    services.displayManager.defaultSession = lib.mkDefault "lxqt";
    services.udisks2.enable = true;
    services.upower.enable = lib.mkDefault true;
    services.gvfs.enable = lib.mkDefault true;
    security.polkit.enable = true;
  };
}
