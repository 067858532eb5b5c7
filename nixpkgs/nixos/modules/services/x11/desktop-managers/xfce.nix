# Xfce.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkEnableOption mkIf mkOption types;
  cfg = config.services.xserver.desktopManager.xfce;
in
{
  options.services.xserver.desktopManager.xfce = {
    enable = mkEnableOption "the desktop Xfce";
    noDesktop = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the desktop and the panel are left out.";
    };
    enableXfwm = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Xfce's window manager is there.";
    };
    enableScreensaver = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Xfce's screen saver is there.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages =
      [
        pkgs.xfce4-session
        pkgs.xfce4-settings
        pkgs.xfce4-terminal
        pkgs.xfce4-appfinder
        pkgs.xfce4-notifyd
        pkgs.xfce4-power-manager
        pkgs.xfce4-screenshooter
        pkgs.xfce4-taskmanager
        pkgs.xfce4-pulseaudio-plugin
        pkgs.xfce4-helpers
        # Menus, shortcuts and actions, which are looked for in the system's profile.
        pkgs.libgarcon-common
        pkgs.libxfce4ui-common
        pkgs.thunar-data
        pkgs.thunar
        pkgs.thunar-volman
        pkgs.mousepad
        pkgs.ristretto
        pkgs.exo-utils
        pkgs.desktop-file-utils
        pkgs.shared-mime-info
        pkgs.hicolor-icon-theme
        pkgs.adwaita-icon-theme
        pkgs.tango-icon-theme
        pkgs.gnome-themes-extra
        pkgs.dejavu_fonts
        pkgs.glib
      ]
      ++ lib.optional cfg.enableXfwm pkgs.xfwm4
      ++ lib.optional cfg.enableScreensaver pkgs.xfce4-screensaver
      ++ lib.optionals (!cfg.noDesktop) [
        pkgs.xfce4-panel
        pkgs.xfdesktop4
      ];
    environment.pathsToLink = [
      "/share/xfce4"
      "/lib/xfce4"
      "/share/gtksourceview-4.0"
      "/share/applications"
      "/share/icons"
      "/share/pixmaps"
      "/share/desktop-directories"
      "/share/mime"
    ];
    # The session's script looks for its second half here only.
    environment.etc =
      lib.genAttrs' [ "xinitrc" "Xft.xrdb" ] (
        name: lib.nameValuePair "xdg/xfce4/${name}" { source = "${pkgs.xfce4-session}/etc/xdg/xfce4/${name}"; }
      );
    services.displayManager.sessionPackages = [ pkgs.xfce4-session ];
    services.displayManager.defaultSession = lib.mkDefault "xfce";

    programs.xfconf.enable = true;
    programs.dconf.enable = lib.mkDefault true;
    services.udisks2.enable = true;
    services.upower.enable = lib.mkDefault true;
    services.gvfs.enable = true;
    services.tumbler.enable = true;
    security.polkit.enable = true;
    services.accounts-daemon.enable = true;
    services.dbus.packages = [
      pkgs.xfce4-notifyd
      pkgs.thunar
    ];
    systemd.packages = [
      pkgs.xfce4-notifyd
      pkgs.thunar
    ];
    security.pam.services.xfce4-screensaver = mkIf cfg.enableScreensaver { };
  };
}
