# Portals: what programs in sandboxes, and Wayland sessions, ask the desktop for.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkIf
    mkOption
    types
    ;
  cfg = config.xdg.portal;
  ini = pkgs.formats.ini { };
  packages = [ pkgs.xdg-desktop-portal ] ++ cfg.extraPortals;

  preferences = types.attrsOf (types.coercedTo types.str lib.singleton (types.listOf types.str));

  fileOf =
    settings:
    lib.generators.toINI { } { preferred = lib.mapAttrs (_: lib.concatStringsSep ";") settings; };
in
{
  options.xdg.portal = {
    wlr = {
      enable = lib.mkEnableOption "the portal for screenshots and recordings of compositors such as Sway";
      settings = mkOption {
        inherit (ini) type;
        default = { };
        example.screencast.max_fps = 30;
        description = "Settings of {manpage}`xdg-desktop-portal-wlr(5)`.";
      };
    };
    enable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether there are portals; {option}`xdg.portal.extraPortals` has those of the desktop.";
    };
    extraPortals = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.xdg-desktop-portal-gtk ]";
      description = "Packages of portals.";
    };
    config = mkOption {
      type = types.attrsOf preferences;
      default = { };
      example = {
        common.default = [ "gtk" ];
        sway."org.freedesktop.impl.portal.Screenshot" = [ "wlr" ];
      };
      description = "Which portal serves an interface, by desktop; `common` is for all.";
    };
    configPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = literalExpression "[ pkgs.gnome-session ]";
      description = "Packages of desktops that have such preferences of their own.";
    };
  };

  config = lib.mkMerge [
    (mkIf cfg.wlr.enable {
      xdg.portal = {
        enable = true;
        extraPortals = [ pkgs.xdg-desktop-portal-wlr ];
      };
      environment.etc."xdg/xdg-desktop-portal-wlr/config" = mkIf (cfg.wlr.settings != { }) {
        source = ini.generate "xdg-desktop-portal-wlr.ini" cfg.wlr.settings;
      };
    })
    (mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.extraPortals != [ ];
        message = ''
          xdg.portal.enable is on, but xdg.portal.extraPortals has no portal that could answer. For most desktops:
            xdg.portal.extraPortals = [ pkgs.xdg-desktop-portal-gtk ];'';
      }
    ];

    services.dbus.packages = packages;
    systemd.packages = packages;
    environment = {
      systemPackages = packages ++ cfg.configPackages;
      pathsToLink = [
        "/share/applications"
        "/share/xdg-desktop-portal"
      ];
      etc = lib.mapAttrs' (
        desktop: settings:
        lib.nameValuePair "xdg/xdg-desktop-portal/${
          lib.optionalString (desktop != "common") "${lib.toLower desktop}-"
        }portals.conf" { text = fileOf settings; }
      ) cfg.config;
    };
    })
  ];
}
