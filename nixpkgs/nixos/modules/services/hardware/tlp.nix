# TLP: saves power of laptops.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.tlp;
  format = pkgs.formats.keyValue {
    mkKeyValue = lib.generators.mkKeyValueDefault {
      mkValueString =
        value:
        if builtins.isInt value || builtins.isFloat value then
          toString value
        else if builtins.isBool value then
          (if value then "1" else "0")
        else
          ''"${toString value}"'';
    } "=";
  };
in
{
  options.services.tlp = {
    enable = lib.mkEnableOption "TLP";
    package = lib.mkPackageOption pkgs "tlp" { };
    settings = lib.mkOption {
      inherit (format) type;
      default = { };
      example = {
        SATA_LINKPWR_ON_BAT = "med_power_with_dipm";
        USB_BLACKLIST_PHONE = 1;
      };
      description = "Settings of tlp.conf.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc."tlp.conf".source = format.generate "tlp.conf" cfg.settings;
    services.udev.packages = [ cfg.package ];

    systemd.services.tlp = {
      description = "TLP system startup/shutdown";
      documentation = [ "https://linrunner.de/tlp" ];
      wantedBy = [ "multi-user.target" ];
      after = [ "multi-user.target" ];
      before = [ "shutdown.target" ];
      restartTriggers = [ config.environment.etc."tlp.conf".source ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${cfg.package}/bin/tlp init start";
        ExecReload = "${cfg.package}/bin/tlp start";
        ExecStop = "${cfg.package}/bin/tlp init stop";
        RuntimeDirectory = "tlp";
        RuntimeDirectoryPreserve = true;
        StateDirectory = "tlp";
      };
    };
    systemd.services.tlp-sleep = {
      description = "TLP suspend/resume";
      wantedBy = [ "sleep.target" ];
      before = [ "sleep.target" ];
      unitConfig.StopWhenUnneeded = true;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = "${cfg.package}/bin/tlp suspend";
        ExecStop = "${cfg.package}/bin/tlp resume";
      };
    };
    # TLP switches radios itself.
    systemd.suppressedSystemUnits = [
      "systemd-rfkill.service"
      "systemd-rfkill.socket"
    ];
  };
}
