# thermald: keeps Intel processors from getting too hot.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.services.thermald;
in
{
  options.services.thermald = {
    enable = lib.mkEnableOption "thermald";
    package = lib.mkPackageOption pkgs "thermald" { };
    debug = mkOption {
      type = types.bool;
      default = false;
      description = "Whether thermald logs in detail.";
    };
    ignoreCpuidCheck = mkOption {
      type = types.bool;
      default = false;
      description = "Whether thermald runs on processors that it does not know.";
    };
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "The file thermal-conf.xml.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.dbus.packages = [ cfg.package ];
    environment.etc = lib.optionalAttrs (cfg.configFile == null) {
      "thermald/thermal-cpu-cdev-order.xml".source = "${cfg.package}/etc/thermald/thermal-cpu-cdev-order.xml";
    };
    systemd.services.thermald = {
      description = "Thermal Daemon Service";
      wantedBy = [ "multi-user.target" ];
      serviceConfig.ExecStart = lib.escapeShellArgs (
        [
          "${cfg.package}/bin/thermald"
          "--no-daemon"
          "--adaptive"
          "--dbus-enable"
        ]
        ++ lib.optional cfg.debug "--loglevel=debug"
        ++ lib.optional cfg.ignoreCpuidCheck "--ignore-cpuid-check"
        ++ lib.optionals (cfg.configFile != null) [
          "--config-file"
          "${cfg.configFile}"
        ]
      );
    };
  };
}
