# SDDM, the display manager of Plasma and LXQt.
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
    types
    ;

  xserver = config.services.xserver;
  manager = config.services.displayManager;
  cfg = manager.sddm;
  ini = pkgs.formats.ini { };
  sessions = manager.sessionData;

  xserverWrapper = pkgs.writeShellScript "sddm-xserver" ''
    exec ${xserver.displayManager.xserverBin} ${lib.escapeShellArgs xserver.displayManager.xserverArgs} "$@"
  '';
in
{
  imports = [
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "displayManager" "sddm" "enable" ]
      [ "services" "displayManager" "sddm" "enable" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "displayManager" "sddm" "wayland" "enable" ]
      [ "services" "displayManager" "sddm" "wayland" "enable" ]
    )
    (lib.mkRenamedOptionModule
      [ "services" "xserver" "displayManager" "sddm" "theme" ]
      [ "services" "displayManager" "sddm" "theme" ]
    )
  ];

  options.services.displayManager.sddm = {
    enable = mkEnableOption "SDDM";
    package = lib.mkPackageOption pkgs "sddm" { };
    theme = mkOption {
      type = types.str;
      default = "";
      example = "breeze";
      description = "Theme of the greeter.";
    };
    autoNumlock = mkOption {
      type = types.bool;
      default = false;
      description = "Whether Num Lock is on.";
    };
    enableHidpi = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the greeter grows with the screen's resolution.";
    };
    wayland.enable = mkEnableOption "a greeter on Wayland";
    autoLogin.relogin = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the automatic login happens again after a logout.";
    };
    autoLogin.minimumUid = mkOption {
      type = types.ints.u16;
      default = 1000;
      description = "Smallest number of a user who is logged in so.";
    };
    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages that the theme needs.";
    };
    settings = mkOption {
      inherit (ini) type;
      default = { };
      example.Autologin = {
        User = "john";
        Session = "plasma.desktop";
      };
      description = "Sections of sddm.conf(5).";
    };
  };

  config = mkIf cfg.enable {
    services.displayManager = {
      enable = true;
      execCmd = "${cfg.package}/bin/sddm";
    };

    services.displayManager.sddm.settings = {
      General = {
        HaltCommand = "${config.systemd.package}/bin/systemctl poweroff";
        RebootCommand = "${config.systemd.package}/bin/systemctl reboot";
        Numlock = if cfg.autoNumlock then "on" else "none";
        DisplayServer = if cfg.wayland.enable then "wayland" else "x11";
      };
      Theme = lib.optionalAttrs (cfg.theme != "") { Current = cfg.theme; };
      Users = {
        MaximumUid = 29999;
        HideUsers = "nobody";
        HideShells = "/run/current-system/sw/bin/nologin";
      };
      X11 = {
        ServerPath = "${xserverWrapper}";
        XauthPath = "${pkgs.xorg.xauth}/bin/xauth";
        SessionDir = "${sessions}/share/xsessions";
        SessionCommand = "${xserver.displayManager.sessionWrapper}";
        EnableHiDPI = cfg.enableHidpi;
        MinimumVT = if xserver.tty == null then 7 else xserver.tty;
      };
      Wayland = {
        SessionDir = "${sessions}/share/wayland-sessions";
        EnableHiDPI = cfg.enableHidpi;
      };
    }
    // lib.optionalAttrs manager.autoLogin.enable {
      Autologin = {
        User = manager.autoLogin.user;
        Session = "${manager.defaultSession}.desktop";
        Relogin = cfg.autoLogin.relogin;
        MinimumUid = cfg.autoLogin.minimumUid;
      };
    };

    environment.etc."sddm.conf".source = ini.generate "sddm.conf" cfg.settings;
    environment.systemPackages = [ cfg.package ];
    environment.pathsToLink = [ "/share/sddm" ];
    services.dbus.packages = [ cfg.package ];
    system.usrTree.packages = [ cfg.package ] ++ cfg.extraPackages;

    security.pam.services = {
      sddm.startSession = true;
      sddm-greeter = {
        startSession = true;
        trusted = [
          "user"
          "="
          "sddm"
        ];
      };
      sddm-autologin = {
        startSession = true;
        trusted = [
          "uid"
          ">="
          "1000"
        ];
      };
    };
    users.users.sddm = {
      createHome = true;
      home = "/var/lib/sddm";
      group = "sddm";
      uid = config.ids.uids.sddm;
      isSystemUser = true;
    };
    users.groups.sddm.gid = config.ids.gids.sddm;
    systemd.tmpfiles.rules = [ "d /run/sddm 0711 root root - -" ];
    systemd.services.display-manager.aliases = [ "sddm.service" ];
  };
}
