# GeoClue: where the machine is, for programs that may know.
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
  cfg = config.services.geoclue2;
  source =
    what:
    mkOption {
      type = types.bool;
      default = true;
      description = "Whether ${what} tells where the machine is.";
    };
  ini = lib.generators.toINI {
    mkKeyValue = lib.generators.mkKeyValueDefault {
      mkValueString =
        value:
        if builtins.isList value then
          lib.concatMapStringsSep ";" toString value
        else
          lib.generators.mkValueStringDefault { } value;
    } "=";
  };
in
{
  options.services.geoclue2 = {
    enable = mkEnableOption "GeoClue, which tells programs where the machine is";
    package = lib.mkPackageOption pkgs "geoclue-2.0" { };
    enableDemoAgent = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a simple agent runs in sessions that have none, and allows what `appConfig` allows.";
    };
    enableNmea = source "a receiver on the network";
    enable3G = source "a mobile network";
    enableCDMA = source "a mobile network of the kind CDMA";
    enableModemGPS = source "a modem's receiver";
    enableWifi = source "the wireless networks around";
    geoProviderUrl = mkOption {
      type = types.str;
      default = "https://api.beacondb.net/v1/geolocate";
      description = "Service that knows where wireless networks are.";
    };
    submitData = mkEnableOption "sending what receivers say to a service";
    submissionUrl = mkOption {
      type = types.str;
      default = "https://api.beacondb.net/v2/geosubmit";
      description = "That service.";
    };
    appConfig = mkOption {
      default = { };
      example."org.example.App" = {
        isAllowed = true;
        isSystem = false;
      };
      description = "Programs and what they may know, by their identifiers.";
      type = types.attrsOf (
        types.submodule {
          options = {
            isAllowed = mkOption {
              type = types.bool;
              description = "Whether the program may know without the agent being asked.";
            };
            isSystem = mkOption {
              type = types.bool;
              description = "Whether the program is part of the system.";
            };
            users = mkOption {
              type = types.listOf types.str;
              default = [ ];
              description = "Users for whom that holds; none means all.";
            };
          };
        }
      );
    };
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    services.geoclue2.appConfig."geoclue-demo-agent" = {
      isAllowed = true;
      isSystem = true;
    };

    systemd.user.services.geoclue-agent = mkIf cfg.enableDemoAgent {
      description = "Agent of GeoClue";
      partOf = [ "graphical-session.target" ];
      wantedBy = [ "graphical-session.target" ];
      serviceConfig = {
        ExecStart = "${cfg.package}/libexec/geoclue-2.0/demos/agent";
        Restart = "on-failure";
      };
    };

    users.users.geoclue = {
      isSystemUser = true;
      home = "/var/lib/geoclue";
      group = "geoclue";
    };
    users.groups.geoclue = { };
    systemd.tmpfiles.rules = [ "d /var/lib/geoclue 0755 geoclue geoclue - -" ];

    environment.etc."geoclue/geoclue.conf".text = ini (
      {
        agent.whitelist = [
          "geoclue-demo-agent"
          "gnome-shell"
          "io.elementary.desktop.agent-geoclue2"
        ];
        network-nmea.enable = cfg.enableNmea;
        "3g".enable = cfg.enable3G;
        cdma.enable = cfg.enableCDMA;
        modem-gps.enable = cfg.enableModemGPS;
        wifi = {
          enable = cfg.enableWifi;
          url = cfg.geoProviderUrl;
          submit-data = cfg.submitData;
          submission-url = cfg.submissionUrl;
          submission-nick = "geoclue";
        };
      }
      // lib.mapAttrs (_: program: {
        allowed = program.isAllowed;
        system = program.isSystem;
        inherit (program) users;
      }) cfg.appConfig
    );
  };
}
