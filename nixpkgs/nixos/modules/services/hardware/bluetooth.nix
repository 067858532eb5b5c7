# Bluetooth.
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
  cfg = config.hardware.bluetooth;
  ini = pkgs.formats.ini { };
in
{
  options.hardware.bluetooth = {
    enable = mkEnableOption "Bluetooth";
    package = lib.mkPackageOption pkgs "bluez" { };
    powerOnBoot = mkOption {
      type = types.bool;
      default = true;
      description = "Whether adapters are on from the start.";
    };
    disabledPlugins = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Plugins of bluetoothd that are not loaded.";
    };
    settings = mkOption {
      inherit (ini) type;
      default = { };
      example.General.ControllerMode = "bredr";
      description = "Sections of main.conf.";
    };
    input = mkOption {
      inherit (ini) type;
      default = { };
      example.General.IdleTimeout = 30;
      description = "Sections of input.conf.";
    };
    network = mkOption {
      inherit (ini) type;
      default = { };
      description = "Sections of network.conf.";
    };
  };

  config = mkIf cfg.enable {
    hardware.bluetooth.settings.Policy.AutoEnable = lib.mkDefault cfg.powerOnBoot;

    environment.systemPackages = [ cfg.package ];
    environment.etc = {
      "bluetooth/main.conf".source = ini.generate "main.conf" cfg.settings;
      "bluetooth/input.conf".source = ini.generate "input.conf" cfg.input;
      "bluetooth/network.conf".source = ini.generate "network.conf" cfg.network;
    };
    services.udev.packages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    systemd.services.bluetooth = {
      wantedBy = [ "bluetooth.target" ];
      aliases = [ "dbus-org.bluez.service" ];
      restartTriggers = map (name: config.environment.etc."bluetooth/${name}.conf".source) [
        "main"
        "input"
        "network"
      ];
      # A restart would cut off keyboards.
      unitConfig.X-RestartIfChanged = false;
      serviceConfig.ExecStart = mkIf (cfg.disabledPlugins != [ ]) [
        ""
        "${cfg.package}/libexec/bluetooth/bluetoothd --noplugin=${lib.concatStringsSep "," cfg.disabledPlugins}"
      ];
    };
  };
}
