# Redshift: warmer colours of the screen at night.
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
  cfg = config.services.redshift;
  inherit (config) location;
  where =
    if location.provider == "manual" then
      "${toString location.latitude}:${toString location.longitude}"
    else
      location.provider;
  during =
    what: day: night: type:
    {
      day = mkOption {
        inherit type;
        default = day;
        description = "${what} by day.";
      };
      night = mkOption {
        inherit type;
        default = night;
        description = "${what} by night.";
      };
    };
in
{
  options.services.redshift = {
    enable = mkEnableOption "warmer colours of the screen at night; {option}`location` says where it is night";
    package = lib.mkPackageOption pkgs "redshift" { };
    executable = mkOption {
      type = types.str;
      default = "/bin/redshift";
      example = "/bin/redshift-gtk";
      description = "The program in the package.";
    };
    temperature = during "Colour temperature in kelvin" 5500 3700 types.int;
    brightness = during "Brightness, from 0.1 to 1," "1" "1" types.str;
    extraOptions = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-m randr" ];
      description = "Arguments of the program.";
    };
  };

  config = mkIf cfg.enable {
    services.geoclue2 = mkIf (location.provider == "geoclue2") {
      enable = true;
      appConfig.redshift = {
        isAllowed = true;
        isSystem = true;
      };
    };
    systemd.user.services.redshift = {
      description = "Redshift";
      partOf = [ "graphical-session.target" ];
      wantedBy = [ "graphical-session.target" ];
      serviceConfig = {
        ExecStart = lib.concatStringsSep " " (
          [
            "${cfg.package}${cfg.executable}"
            "-l ${where}"
            "-t ${toString cfg.temperature.day}:${toString cfg.temperature.night}"
            "-b ${cfg.brightness.day}:${cfg.brightness.night}"
          ]
          ++ cfg.extraOptions
        );
        RestartSec = 3;
        Restart = "always";
      };
    };
  };
}
