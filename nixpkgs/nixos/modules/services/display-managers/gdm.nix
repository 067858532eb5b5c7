# GDM, the display manager of GNOME.
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
  manager = config.services.displayManager;
  cfg = manager.gdm;
  ini = pkgs.formats.ini { };
  sessions = manager.sessionData;
  renamed =
    name:
    lib.mkRenamedOptionModule
      (
        [
          "services"
          "xserver"
          "displayManager"
          "gdm"
        ]
        ++ name
      )
      (
        [
          "services"
          "displayManager"
          "gdm"
        ]
        ++ name
      );
in
{
  imports = [
    (renamed [ "enable" ])
    (renamed [ "wayland" ])
    (renamed [ "debug" ])
    (renamed [ "autoSuspend" ])
    (renamed [ "banner" ])
    (renamed [ "settings" ])
    (renamed [
      "autoLogin"
      "delay"
    ])
  ];

  options.services.displayManager.gdm = {
    enable = mkEnableOption "GDM, the display manager of GNOME";
    package = lib.mkPackageOption pkgs "gdm3" { };
    wayland = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the greeter and sessions can be on Wayland.";
    };
    debug = mkEnableOption "messages for developers in the journal";
    autoSuspend = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the machine sleeps when nobody logs in for a while.";
    };
    banner = mkOption {
      type = types.nullOr types.lines;
      default = null;
      example = "Welcome.";
      description = "Text that the greeter shows.";
    };
    autoLogin.delay = mkOption {
      type = types.int;
      default = 0;
      description = "Seconds before the automatic login.";
    };
    settings = mkOption {
      inherit (ini) type;
      default = { };
      example.debug.Enable = true;
      description = "Sections of {file}`/etc/gdm3/daemon.conf`.";
    };
  };

  config = mkIf cfg.enable {
    services.displayManager = {
      enable = true;
      execCmd = "${cfg.package}/bin/gdm3";
      environment.XDG_DATA_DIRS = "${sessions}/share:/run/current-system/sw/share";
    };
    services.displayManager.gdm.settings = {
      daemon = {
        WaylandEnable = cfg.wayland;
      }
      // lib.optionalAttrs (manager.autoLogin.enable && cfg.autoLogin.delay > 0) {
        TimedLoginEnable = true;
        TimedLogin = manager.autoLogin.user;
        TimedLoginDelay = cfg.autoLogin.delay;
      }
      // lib.optionalAttrs (manager.autoLogin.enable && cfg.autoLogin.delay == 0) {
        AutomaticLoginEnable = true;
        AutomaticLogin = manager.autoLogin.user;
      };
      debug = lib.optionalAttrs cfg.debug { Enable = true; };
    };

    programs.dconf.enable = true;
    programs.dconf.profiles.gdm = {
      enableUserDb = false;
      databases =
        lib.optional (!cfg.autoSuspend) {
          settings."org/gnome/settings-daemon/plugins/power" = {
            sleep-inactive-ac-type = "nothing";
            sleep-inactive-battery-type = "nothing";
          };
        }
        ++ lib.optional (cfg.banner != null) {
          settings."org/gnome/login-screen" = {
            banner-message-enable = true;
            banner-message-text = cfg.banner;
          };
        };
    };
    services.accounts-daemon.enable = true;
    hardware.graphics.enable = lib.mkDefault true;

    environment.systemPackages = [
      cfg.package
      pkgs.gnome-shell
      pkgs.gnome-session
      pkgs.adwaita-icon-theme
    ];
    environment.etc = {
      "gdm3/daemon.conf".source = ini.generate "daemon.conf" cfg.settings;
    }
    # The scripts around a session are Debian's.
    // lib.genAttrs' (
      [
        "Init"
        "PreSession"
        "PostSession"
        "PostLogin"
        "Xsession"
      ]
    ) (name: lib.nameValuePair "gdm3/${name}" { source = "${cfg.package}/etc/gdm3/${name}"; });
    services.dbus.packages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
    # The greeter is a session of GNOME: its parts are looked for below /usr.
    system.usrTree.packages = [
      cfg.package
      pkgs.gnome-shell
      pkgs.gnome-session-bin
      pkgs.gnome-settings-daemon
    ];
    systemd.packages = [
      pkgs.gnome-session-bin
      pkgs.gnome-settings-daemon
      pkgs.gnome-shell
    ];

    security.pam.services = {
      gdm-launch-environment = {
        startSession = true;
        trusted = [
          "user"
          "="
          "Debian-gdm"
        ];
      };
      gdm-password.startSession = true;
      gdm-autologin = {
        startSession = true;
        trusted = [
          "uid"
          ">="
          "1000"
        ];
      };
    };

    # The names that Debian's program is built with.
    users.users.Debian-gdm = {
      uid = config.ids.uids.gdm;
      group = "Debian-gdm";
      home = "/var/lib/gdm3";
      isSystemUser = true;
      description = "GNOME's display manager";
    };
    users.groups.Debian-gdm.gid = config.ids.gids.gdm;
    systemd.tmpfiles.rules = [
      "d /var/lib/gdm3 0711 Debian-gdm Debian-gdm - -"
      "d /var/log/gdm3 1770 root Debian-gdm - -"
      "d /var/cache/gdm3 1770 root Debian-gdm - -"
    ];
    systemd.services.display-manager = {
      aliases = [ "gdm.service" ];
      path = [
        cfg.package
        pkgs.gnome-session-bin
        pkgs.dconf-cli
        pkgs.util-linux
        pkgs.procps
      ];
      # Compiles the greeter's settings.
      preStart = "${cfg.package}/share/gdm/generate-config";
      serviceConfig = {
        KillMode = "mixed";
        IgnoreSIGPIPE = "no";
        BusName = "org.gnome.DisplayManager";
        KeyringMode = "shared";
      };
    };
  };
}
