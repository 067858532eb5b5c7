# The time zone and the clock.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.time;
in
{
  options.time = {
    timeZone = mkOption {
      type = types.nullOr (
        types.addCheck types.str (zone: !lib.hasInfix " " zone)
        // {
          description = "string without spaces";
        }
      );
      default = null;
      example = "Europe/Amsterdam";
      description = ''
        The time zone, such as `Europe/Paris`; null is UTC, and lets {command}`timedatectl` change it.
      '';
    };

    hardwareClockInLocalTime = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the hardware's clock shows local time instead of UTC.";
    };
  };

  options.location = {
    latitude = mkOption {
      type = types.float;
      example = 52.3;
      description = "Where the machine is, in degrees north.";
    };
    longitude = mkOption {
      type = types.float;
      example = 4.9;
      description = "Where the machine is, in degrees east.";
    };
    provider = mkOption {
      type = types.enum [
        "manual"
        "geoclue2"
      ];
      default = "manual";
      description = "Who says where the machine is.";
    };
  };

  config = {
    # Variables of sessions would need a new login to follow a change.
    environment.sessionVariables.TZDIR = "/etc/zoneinfo";

    environment.etc = {
      zoneinfo.source = "${pkgs.tzdata}/share/zoneinfo";
    }
    // lib.optionalAttrs (cfg.timeZone != null) {
      localtime.source = "/etc/zoneinfo/${cfg.timeZone}";
    }
    // lib.optionalAttrs cfg.hardwareClockInLocalTime {
      adjtime.text = ''
        0.0 0 0.0
        0
        LOCAL
      '';
    };
  };
}
