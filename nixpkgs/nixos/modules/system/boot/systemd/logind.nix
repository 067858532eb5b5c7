# Sessions and seats; what lids and power buttons do.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (utils.systemdUtils) unitOptions;
  inherit (utils.systemdUtils.lib) settingsToSections;
  cfg = config.services.logind;
in
{
  options.services.logind = {
    settings.Login = mkOption {
      type = types.attrsOf unitOptions.unitOption;
      default = { };
      example = {
        HandleLidSwitch = "ignore";
        KillUserProcesses = true;
      };
      description = "Settings of {manpage}`logind.conf(5)`.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "IdleAction=lock";
      visible = false;
      description = "More lines of {manpage}`logind.conf(5)`.";
    };
  };

  imports =
    let
      setting = name: [ "services" "logind" "settings" "Login" name ];
      renamed = from: to: lib.mkRenamedOptionModule ([ "services" "logind" ] ++ [ from ]) (setting to);
    in
    [
      (renamed "killUserProcesses" "KillUserProcesses")
      (renamed "lidSwitch" "HandleLidSwitch")
      (renamed "lidSwitchDocked" "HandleLidSwitchDocked")
      (renamed "lidSwitchExternalPower" "HandleLidSwitchExternalPower")
      (renamed "powerKey" "HandlePowerKey")
      (renamed "powerKeyLongPress" "HandlePowerKeyLongPress")
      (renamed "rebootKey" "HandleRebootKey")
      (renamed "rebootKeyLongPress" "HandleRebootKeyLongPress")
      (renamed "suspendKey" "HandleSuspendKey")
      (renamed "suspendKeyLongPress" "HandleSuspendKeyLongPress")
      (renamed "hibernateKey" "HandleHibernateKey")
      (renamed "hibernateKeyLongPress" "HandleHibernateKeyLongPress")
    ];

  config = {
    services.logind.settings.Login.KillUserProcesses = lib.mkOptionDefault false;

    environment.etc."systemd/logind.conf".text =
      settingsToSections { inherit (cfg.settings) Login; } + cfg.extraConfig;

    systemd.additionalUpstreamSystemUnits = [
      "systemd-logind.service"
      "autovt@.service"
      "dbus-org.freedesktop.login1.service"
    ];

    systemd.services.systemd-logind = {
      # Restarting it ends graphical sessions.
      restartIfChanged = false;
      restartTriggers = [ config.environment.etc."systemd/logind.conf".text ];
    };
  };
}
