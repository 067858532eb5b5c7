# How programs of Qt look.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.qt;
  platforms = {
    gnome = {
      variable = "gnome";
      packages = [ pkgs.qgnomeplatform-qt6 ];
    };
    gtk2 = {
      variable = "gtk2";
      packages = [ pkgs.qt6-gtk-platformtheme ];
    };
    kde = {
      variable = "kde";
      packages = [ pkgs.plasma-integration ];
    };
    qt5ct = {
      variable = "qt5ct";
      packages = [
        pkgs.qt5ct
        pkgs.qt6ct
      ];
    };
  };
  styles = {
    adwaita = [
      pkgs.adwaita-qt
      pkgs.adwaita-qt6
    ];
    adwaita-dark = styles.adwaita;
    breeze = [ pkgs.breeze ];
    kvantum = [ pkgs.qt-style-kvantum ];
  };
  packages =
    lib.optionals (cfg.platformTheme != null) platforms.${cfg.platformTheme}.packages
    ++ lib.optionals (cfg.style != null) styles.${cfg.style};
in
{
  options.qt = {
    enable = lib.mkEnableOption "a look for programs of Qt";
    platformTheme = mkOption {
      type = types.nullOr (types.enum (lib.attrNames platforms));
      default = null;
      example = "gnome";
      description = "Desktop whose look they take.";
    };
    style = mkOption {
      type = types.nullOr (types.enum (lib.attrNames styles));
      default = null;
      example = "adwaita";
      description = "Style of their controls.";
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = packages;
    # Plug-ins are looked for below /usr.
    system.usrTree.packages = packages;
    environment.variables = lib.filterAttrs (_: value: value != null) {
      QT_QPA_PLATFORMTHEME = if cfg.platformTheme == null then null else platforms.${cfg.platformTheme}.variable;
      QT_STYLE_OVERRIDE = cfg.style;
    };
  };
}
