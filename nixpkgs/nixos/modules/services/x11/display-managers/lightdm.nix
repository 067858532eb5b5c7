# LightDM, a light display manager.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkOption
    optionalString
    types
    ;

  xserver = config.services.xserver;
  cfg = xserver.displayManager.lightdm;
  manager = config.services.displayManager;
  sessions = manager.sessionData;

  xserverCommand = pkgs.writeShellScript "lightdm-xserver" ''
    exec ${xserver.displayManager.xserverBin} ${lib.escapeShellArgs xserver.displayManager.xserverArgs} "$@"
  '';
  setupScript = pkgs.writeShellScript "lightdm-setup" xserver.displayManager.setupCommands;

  gtkGreeter = cfg.greeters.gtk;
  greeterConf = lib.generators.toINI { } {
    greeter = {
      theme-name = gtkGreeter.theme.name;
      icon-theme-name = gtkGreeter.iconTheme.name;
      background = cfg.background;
    }
    // lib.optionalAttrs (gtkGreeter.clock-format != null) {
      inherit (gtkGreeter) clock-format;
    }
    // lib.optionalAttrs (gtkGreeter.indicators != null) {
      indicators = lib.concatStringsSep ";" gtkGreeter.indicators;
    };
  };

  lightdmConf = pkgs.writeText "lightdm.conf" ''
    [LightDM]
    user-authority-in-system-dir = false
    greeter-user = lightdm
    greeters-directory = ${pkgs.lightdm-gtk-greeter}/share/xgreeters
    sessions-directory = ${sessions}/share/xsessions:${sessions}/share/wayland-sessions
    ${cfg.extraConfig}

    [Seat:*]
    xserver-command = ${xserverCommand}
    session-wrapper = ${xserver.displayManager.sessionWrapper}
    greeter-session = lightdm-gtk-greeter
    ${optionalString (manager.defaultSession != null) "user-session = ${manager.defaultSession}"}
    ${optionalString (xserver.displayManager.setupCommands != "") "display-setup-script = ${setupScript}"}
    ${optionalString manager.autoLogin.enable ''
      autologin-user = ${manager.autoLogin.user}
      autologin-user-timeout = ${toString cfg.autoLogin.timeout}
      autologin-session = ${manager.defaultSession}
    ''}
    ${cfg.extraSeatDefaults}
  '';
in
{
  options.services.xserver.displayManager = {
    setupCommands = mkOption {
      type = types.lines;
      default = "";
      description = "Shell commands that run as root when the X server is up.";
    };
    lightdm = {
      enable = mkEnableOption "LightDM";
      background = mkOption {
        type = types.either types.path (types.strMatching "#[0-9a-fA-F]{6}");
        default = "#2e3440";
        description = "Picture or colour behind the greeter.";
      };
      autoLogin.timeout = mkOption {
        type = types.int;
        default = 0;
        description = "Seconds before the automatic login.";
      };
      greeters.gtk = {
        theme.name = mkOption {
          type = types.str;
          default = "Adwaita";
          description = "Theme of the greeter.";
        };
        iconTheme.name = mkOption {
          type = types.str;
          default = "Adwaita";
          description = "Theme of the greeter's icons.";
        };
        clock-format = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "%F";
          description = "Format of the clock.";
        };
        indicators = mkOption {
          type = types.nullOr (types.listOf types.str);
          default = null;
          example = [
            "~host"
            "~spacer"
            "~clock"
            "~power"
          ];
          description = "What the greeter's bar shows.";
        };
      };
      extraConfig = mkOption {
        type = types.lines;
        default = "";
        description = "Lines of the section `[LightDM]`.";
      };
      extraSeatDefaults = mkOption {
        type = types.lines;
        default = "";
        example = "greeter-show-manual-login=true";
        description = "Lines of the section `[Seat:*]`.";
      };
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = xserver.enable;
        message = "services.xserver.displayManager.lightdm.enable needs services.xserver.enable.";
      }
    ];

    services.displayManager = {
      enable = true;
      execCmd = "${pkgs.lightdm}/bin/lightdm";
      environment.XDG_DATA_DIRS = "${sessions}/share:${pkgs.adwaita-icon-theme}/share:${pkgs.libgtk-3-common}/share:/run/current-system/sw/share";
    };
    environment.etc = {
      "lightdm/lightdm.conf".source = lightdmConf;
      "lightdm/lightdm-gtk-greeter.conf".text = greeterConf;
      "lightdm/users.conf".text = ''
        [UserList]
        minimum-uid=1000
        hidden-users=nobody
        hidden-shells=/run/current-system/sw/bin/nologin
      '';
    };
    environment.systemPackages = [ pkgs.lightdm ];
    services.dbus.packages = [ pkgs.lightdm ];
    system.usrTree.packages = [
      pkgs.lightdm
      pkgs.lightdm-gtk-greeter
      pkgs.adwaita-icon-theme
    ];

    security.pam.services.lightdm = {
      startSession = true;
    };
    security.pam.services.lightdm-greeter = {
      startSession = true;
      trusted = [
        "user"
        "="
        "lightdm"
      ];
    };
    security.pam.services.lightdm-autologin = {
      startSession = true;
      trusted = [
        "uid"
        ">="
        "1000"
      ];
    };

    users.users.lightdm = {
      home = "/var/lib/lightdm";
      group = "lightdm";
      uid = config.ids.uids.lightdm;
      isSystemUser = true;
    };
    users.groups.lightdm.gid = config.ids.gids.lightdm;
    systemd.tmpfiles.rules = [
      "d /run/lightdm 0711 lightdm lightdm - -"
      "d /var/cache/lightdm 0711 root lightdm - -"
      "d /var/lib/lightdm 1770 lightdm lightdm - -"
      "d /var/lib/lightdm-data 1775 lightdm lightdm - -"
      "d /var/log/lightdm 0711 root lightdm - -"
    ];
    systemd.services.display-manager = {
      aliases = [ "lightdm.service" ];
      # The greeter, and itself for each session, are started by their names.
      path = [
        pkgs.lightdm
        pkgs.lightdm-gtk-greeter
      ];
    };
  };
}
