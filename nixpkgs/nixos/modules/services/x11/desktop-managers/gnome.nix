# GNOME.
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
  cfg = config.services.desktopManager.gnome;
  wanted = lib.subtractLists config.environment.gnome.excludePackages;

  # What a session does not start without.
  session = [
    pkgs.gnome-shell
    pkgs.gnome-session
    pkgs.gnome-settings-daemon
    pkgs.gnome-control-center
    pkgs.mutter
    pkgs.gnome-menus
    pkgs.gsettings-desktop-schemas
    pkgs.adwaita-icon-theme
    pkgs.gnome-themes-extra
    pkgs.gnome-bluetooth-sendto
    pkgs.hicolor-icon-theme
    pkgs.desktop-file-utils
    pkgs.shared-mime-info
    pkgs.xdg-user-dirs
    pkgs.dejavu_fonts
    pkgs.glib
  ];
  applications = wanted [
    pkgs.gnome-backgrounds
    pkgs.gnome-user-docs
    pkgs.nautilus
    pkgs.gnome-console
    pkgs.gnome-text-editor
    pkgs.gnome-calculator
    pkgs.gnome-system-monitor
    pkgs.gnome-disk-utility
    pkgs.gnome-screenshot
    pkgs.baobab
    pkgs.evince
    pkgs.loupe
    pkgs.totem
    pkgs.yelp
    pkgs.orca
  ];
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "desktopManager" "gnome" "enable" ]
      [ "services" "desktopManager" "gnome" "enable" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "desktopManager" "gnome" "extraGSettingsOverrides" ]
      [ "services" "desktopManager" "gnome" "extraGSettingsOverrides" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "desktopManager" "gnome" "extraGSettingsOverridePackages" ]
      [ "services" "desktopManager" "gnome" "extraGSettingsOverridePackages" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "desktopManager" "gnome" "sessionPath" ]
      [ "services" "desktopManager" "gnome" "sessionPath" ]
    )
  ];

  options = {
    services.desktopManager.gnome = {
      enable = mkEnableOption "the desktop GNOME";
      extraGSettingsOverrides = mkOption {
        type = types.lines;
        default = "";
        example = ''
          [org.gnome.desktop.peripherals.touchpad]
          tap-to-click=true
        '';
        description = "Other defaults of settings, in the format of `.gschema.override` files.";
      };
      extraGSettingsOverridePackages = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = literalExpression "[ pkgs.mutter ]";
        description = "Packages whose schemas {option}`services.desktopManager.gnome.extraGSettingsOverrides` needs.";
      };
      sessionPath = mkOption {
        type = types.listOf types.package;
        default = [ ];
        example = literalExpression "[ pkgs.gpaste ]";
        description = "Packages whose libraries and schemas GNOME Shell finds, for extensions.";
      };
    };
    environment.gnome.excludePackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.totem ]";
      description = "Packages that come with GNOME and are not wanted.";
    };
    services.gnome = {
      core-apps.enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether GNOME's applications come with the desktop.";
      };
      gnome-browser-connector.enable = mkEnableOption "installing extensions of GNOME Shell from a browser";
      sushi.enable = mkEnableOption "Sushi, which shows files when the space bar is pressed in Nautilus";
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.enable {
      environment.systemPackages =
        session ++ lib.optionals config.services.gnome.core-apps.enable applications ++ cfg.sessionPath;
      environment.pathsToLink = [
        "/share/applications"
        "/share/backgrounds"
        "/share/desktop-directories"
        "/share/gnome-shell"
        "/share/gnome-session"
        "/share/icons"
        "/share/mime"
        "/share/nautilus-python/extensions"
        "/share/pixmaps"
        "/share/wayland-sessions"
      ];
      system.usrTree.packages = session ++ cfg.sessionPath;
      environment.sessionVariables.XDG_DATA_DIRS = mkIf (cfg.extraGSettingsOverrides != "") [
        "${pkgs.runCommandLocal "gnome-gsettings-overrides"
          {
            nativeBuildInputs = [ pkgs.glib ];
            overrides = cfg.extraGSettingsOverrides;
            packages = [
              pkgs.gsettings-desktop-schemas
              pkgs.gnome-shell
              pkgs.mutter-common
            ]
            ++ cfg.extraGSettingsOverridePackages;
          }
          ''
            schemas=$out/share/glib-2.0/schemas
            mkdir -p $schemas
            for package in $packages; do
              [ ! -d $package/share/glib-2.0/schemas ] || cp -f $package/share/glib-2.0/schemas/*.xml $schemas/
            done
            printf %s "$overrides" > $schemas/zz-configuration.gschema.override
            chmod -R u+w $schemas
            glib-compile-schemas --strict $schemas
          ''
        }/share"
      ];

      hardware.bluetooth.enable = lib.mkDefault true;
      hardware.graphics.enable = lib.mkDefault true;
      networking.networkmanager.enable = lib.mkDefault true;
      programs.dconf.enable = true;
      programs.xwayland.enable = lib.mkDefault true;
      security.polkit.enable = true;
      security.rtkit.enable = lib.mkDefault true;
      services.accounts-daemon.enable = true;
      services.displayManager.sessionPackages = [ pkgs.gnome-session ];
      services.displayManager.defaultSession = lib.mkDefault "gnome";
      services.geoclue2.enable = lib.mkDefault true;
      services.gnome.gnome-keyring.enable = lib.mkDefault true;
      services.gvfs.enable = true;
      services.pipewire = {
        enable = lib.mkDefault true;
        alsa.enable = lib.mkDefault true;
        pulse.enable = lib.mkDefault true;
      };
      services.power-profiles-daemon.enable = lib.mkDefault (!config.services.tlp.enable);
      services.udisks2.enable = true;
      services.upower.enable = true;
      services.libinput.enable = lib.mkDefault true;

      services.dbus.packages = session;
      systemd.packages = [
        pkgs.gnome-session-bin
        pkgs.gnome-settings-daemon
        pkgs.gnome-shell
      ];
      services.udev.packages = [
        pkgs.gnome-settings-daemon
        pkgs.mutter-common
      ];
      xdg.portal = {
        enable = true;
        extraPortals = [
          pkgs.xdg-desktop-portal-gnome
          pkgs.xdg-desktop-portal-gtk
        ];
        configPackages = lib.mkDefault [ pkgs.gnome-session ];
      };
    })
    (mkIf config.services.gnome.gnome-browser-connector.enable {
      environment.systemPackages = [ pkgs.gnome-browser-connector ];
      services.dbus.packages = [ pkgs.gnome-browser-connector ];
      environment.etc = lib.genAttrs' [
        "chromium/native-messaging-hosts"
        "opt/chrome/native-messaging-hosts"
      ] (
        folder:
        lib.nameValuePair "${folder}/org.gnome.browser_connector.json" {
          source = "${pkgs.gnome-browser-connector}/etc/${folder}/org.gnome.browser_connector.json";
        }
      );
    })
    (mkIf config.services.gnome.sushi.enable {
      environment.systemPackages = [ pkgs.gnome-sushi ];
      services.dbus.packages = [ pkgs.gnome-sushi ];
    })
  ];
}
