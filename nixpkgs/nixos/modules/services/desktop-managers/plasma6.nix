# KDE's Plasma 6.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkEnableOption
    mkIf
    mkOption
    types
    ;
  cfg = config.services.desktopManager.plasma6;
  wanted = lib.subtractLists config.environment.plasma6.excludePackages;

  # What a session does not start without, or is of little use without.
  session = [
    pkgs.plasma-desktop
    pkgs.plasma-desktop-data
    pkgs.plasma-workspace
    pkgs.plasma-integration
    pkgs.kwin-wayland
    pkgs.kwin-x11
    pkgs.systemsettings
    pkgs.kactivitymanagerd
    pkgs.ksystemstats
    pkgs.milou
    pkgs.kscreen
    pkgs.powerdevil
    pkgs.polkit-kde-agent-1
    pkgs.kio-extras
    pkgs.kmenuedit
    pkgs.kinfocenter
    pkgs.plasma-pa
    pkgs.plasma-nm
    pkgs.breeze
    pkgs.breeze-icon-theme
    pkgs.breeze-gtk-theme
    pkgs.kde-config-gtk-style
    pkgs.hicolor-icon-theme
    pkgs.desktop-file-utils
    pkgs.shared-mime-info
    pkgs.xdg-user-dirs
    pkgs.dejavu_fonts
  ]
  ++ lib.optional config.hardware.bluetooth.enable pkgs.bluedevil
  ++ lib.optional config.services.displayManager.sddm.enable pkgs.kde-config-sddm;
  applications = wanted [
    pkgs.dolphin
    pkgs.konsole
    pkgs.kate
    pkgs.ark
    pkgs.gwenview
    pkgs.okular
    pkgs.kde-spectacle
    pkgs.plasma-systemmonitor
    pkgs.kwalletmanager
  ];
in
{
  options = {
    services.desktopManager.plasma6 = {
      enable = mkEnableOption "the desktop Plasma 6 of KDE";
      notoPackage = lib.mkPackageOption pkgs "noto-fonts" { };
      enableQt5Integration = mkOption {
        type = types.bool;
        default = true;
        description = "Whether programs of Qt 5 look like those of Plasma.";
      };
    };
    environment.plasma6.excludePackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.kate ]";
      description = "Packages that come with Plasma and are not wanted.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages =
      session
      ++ applications
      ++ lib.optional cfg.enableQt5Integration pkgs.plasma5-integration;
    environment.pathsToLink = [
      "/etc/xdg"
      "/share/applications"
      "/share/desktop-directories"
      "/share/icons"
      "/share/kf6"
      "/share/knsrcfiles"
      "/share/kservices6"
      "/share/mime"
      "/share/pixmaps"
      "/share/plasma"
      "/share/sounds"
      "/share/wallpapers"
    ];
    # Plugins of Qt and of Plasma are looked for below /usr.
    system.usrTree.packages = session ++ applications;
    fonts.packages = [ cfg.notoPackage ];

    hardware.bluetooth.enable = lib.mkDefault true;
    hardware.graphics.enable = lib.mkDefault true;
    networking.networkmanager.enable = lib.mkDefault true;
    programs.dconf.enable = lib.mkDefault true;
    programs.xwayland.enable = lib.mkDefault true;
    security.polkit.enable = true;
    security.rtkit.enable = lib.mkDefault true;
    security.pam.services.kde = { };
    security.wrappers.kwin_wayland = {
      owner = "root";
      group = "root";
      # The compositor must not wait for others.
      capabilities = "cap_sys_nice=ep";
      source = "${pkgs.kwin-wayland}/bin/kwin_wayland";
    };
    services.accounts-daemon.enable = true;
    services.displayManager.sessionPackages = [ pkgs.plasma-workspace ];
    services.displayManager.defaultSession = lib.mkDefault "plasma";
    services.displayManager.sddm = {
      theme = lib.mkDefault "breeze";
      extraPackages = [ pkgs.sddm-theme-breeze ];
    };
    services.libinput.enable = lib.mkDefault true;
    services.pipewire = {
      enable = lib.mkDefault true;
      alsa.enable = lib.mkDefault true;
      pulse.enable = lib.mkDefault true;
    };
    services.power-profiles-daemon.enable = lib.mkDefault (!config.services.tlp.enable);
    services.udisks2.enable = true;
    services.upower.enable = true;

    services.dbus.packages = session;
    systemd.packages = [
      pkgs.plasma-workspace
      pkgs.kactivitymanagerd
      pkgs.ksystemstats
      pkgs.powerdevil
      pkgs.polkit-kde-agent-1
      pkgs.kwin-wayland
    ];
    xdg.portal = {
      enable = true;
      extraPortals = [
        pkgs.xdg-desktop-portal-kde
        pkgs.xdg-desktop-portal-gtk
      ];
      configPackages = lib.mkDefault [ pkgs.plasma-workspace ];
    };
  };
}
