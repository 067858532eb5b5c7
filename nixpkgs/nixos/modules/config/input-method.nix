# Input methods, for scripts with more letters than keys.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.i18n.inputMethod;
  addons = {
    ibus = cfg.ibus.engines;
    fcitx5 = cfg.fcitx5.addons;
  };
  packages = {
    ibus = [
      pkgs.ibus
      pkgs.ibus-gtk3
    ];
    fcitx5 = [
      pkgs.fcitx5
      pkgs.fcitx5-frontend-gtk3
      pkgs.fcitx5-frontend-qt6
    ];
  };
  chosen = packages.${cfg.type} ++ addons.${cfg.type};
  list = description: mkOption {
    type = types.listOf types.package;
    default = [ ];
    inherit description;
  };
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "i18n"
      "inputMethod"
      "enabled"
    ] "Set i18n.inputMethod.enable to true and i18n.inputMethod.type to the method.")
  ];

  options.i18n.inputMethod = {
    enable = lib.mkEnableOption "an input method";
    type = mkOption {
      type = types.nullOr (types.enum (lib.attrNames packages));
      default = null;
      example = "fcitx5";
      description = "Which one.";
    };
    ibus.engines = list "Packages of engines for IBus.";
    fcitx5 = {
      addons = list "Packages of engines and tools for Fcitx.";
      waylandFrontend = mkOption {
        type = types.bool;
        default = false;
        description = "Whether programs on Wayland are served by the compositor, and not by modules of GTK and Qt.";
      };
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.type != null;
        message = "i18n.inputMethod.enable needs i18n.inputMethod.type: ${lib.concatStringsSep " or " (lib.attrNames packages)}.";
      }
    ];
    environment.systemPackages = mkIf (cfg.type != null) chosen;
    # Engines, and modules of GTK and Qt, are looked for below /usr.
    system.usrTree.packages = mkIf (cfg.type != null) chosen;
    services.dbus.packages = mkIf (cfg.type != null) chosen;
    programs.dconf.enable = mkIf (cfg.type == "ibus") true;
    environment.sessionVariables = lib.mkMerge [
      (mkIf (cfg.type == "ibus") {
        GTK_IM_MODULE = "ibus";
        QT_IM_MODULE = "ibus";
        XMODIFIERS = "@im=ibus";
      })
      (mkIf (cfg.type == "fcitx5") { XMODIFIERS = "@im=fcitx"; })
      (mkIf (cfg.type == "fcitx5" && !cfg.fcitx5.waylandFrontend) {
        GTK_IM_MODULE = "fcitx";
        QT_IM_MODULE = "fcitx";
      })
    ];
    environment.etc = mkIf (cfg.type == "ibus") {
      "xdg/autostart/ibus-daemon.desktop".text = ''
        [Desktop Entry]
        Name=IBus
        Type=Application
        Exec=${pkgs.ibus}/bin/ibus-daemon --daemonize --xim
        NotShowIn=GNOME;KDE;
      '';
    };
    environment.pathsToLink = [ "/etc/xdg/autostart" ];
  };
}
