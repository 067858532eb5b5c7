# What all display managers share: sessions to choose from, the one that is chosen already, and automatic login.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.displayManager;

  # Packages with sessions in share/xsessions and share/wayland-sessions, in one place.
  sessionData = pkgs.buildEnv {
    name = "desktop-sessions";
    paths = cfg.sessionPackages;
    pathsToLink = [
      "/share/xsessions"
      "/share/wayland-sessions"
    ];
    ignoreCollisions = true;
  };
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "displayManager" "autoLogin" "enable" ]
      [ "services" "displayManager" "autoLogin" "enable" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "displayManager" "autoLogin" "user" ]
      [ "services" "displayManager" "autoLogin" "user" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "displayManager" "defaultSession" ]
      [ "services" "displayManager" "defaultSession" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "displayManager" "sessionPackages" ]
      [ "services" "displayManager" "sessionPackages" ]
    )
  ];

  options.services.displayManager = {
    enable = lib.mkEnableOption "the display manager" // {
      internal = true;
    };
    execCmd = mkOption {
      type = types.str;
      default = "";
      internal = true;
      description = "Command that starts the display manager.";
    };
    environment = mkOption {
      type = types.attrsOf types.unspecified;
      default = { };
      description = "Environment variables of the display manager.";
    };
    sessionPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with desktop sessions to choose from.";
    };
    sessionData = mkOption {
      type = types.package;
      internal = true;
      readOnly = true;
      default = sessionData;
      description = "All sessions in one place.";
    };
    defaultSession = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "xfce";
      description = "Session that is chosen unless a user chooses another.";
    };
    autoLogin = {
      enable = mkOption {
        type = types.bool;
        default = cfg.autoLogin.user != null;
        defaultText = lib.literalExpression "config.services.displayManager.autoLogin.user != null";
        description = "Whether a user is logged in without being asked.";
      };
      user = mkOption {
        type = types.nullOr types.str;
        default = null;
        description = "That user.";
      };
    };
    logToJournal = mkOption {
      type = types.bool;
      default = true;
      description = "Whether what the display manager prints goes to the journal.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.autoLogin.enable -> cfg.autoLogin.user != null;
        message = "services.displayManager.autoLogin.enable needs services.displayManager.autoLogin.user.";
      }
      {
        assertion = cfg.autoLogin.enable -> cfg.defaultSession != null;
        message = "services.displayManager.autoLogin.enable needs services.displayManager.defaultSession.";
      }
    ];

    environment.systemPackages = [ sessionData ];
    environment.pathsToLink = [
      "/share/xsessions"
      "/share/wayland-sessions"
    ];
    services.accounts-daemon.enable = true;
    services.dbus.enable = true;
    security.polkit.enable = true;
    systemd.defaultUnit = "graphical.target";

    systemd.services.display-manager = {
      description = "Display Manager";
      wantedBy = [ "graphical.target" ];
      after = [
        "acpid.service"
        "systemd-logind.service"
        "systemd-user-sessions.service"
        "getty@tty${toString config.services.xserver.tty}.service"
      ];
      conflicts = [ "getty@tty${toString config.services.xserver.tty}.service" ];
      restartIfChanged = false;
      inherit (cfg) environment;
      serviceConfig = {
        ExecStart = cfg.execCmd;
        Restart = "always";
        RestartSec = "200ms";
        SyslogIdentifier = "display-manager";
        StandardOutput = mkIf (!cfg.logToJournal) "null";
      };
      startLimitIntervalSec = 30;
      startLimitBurst = 3;
    };
  };
}
