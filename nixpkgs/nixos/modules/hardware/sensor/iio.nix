# Sensors for the position of the machine and the light around it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.hardware.sensor.iio;
in
{
  options.hardware.sensor.iio.enable = lib.mkEnableOption "sensors for the position of the machine and the light around it";

  config = lib.mkIf cfg.enable {
    boot.initrd.availableKernelModules = [ "hid-sensor-hub" ];
    environment.systemPackages = [ pkgs.iio-sensor-proxy ];
    services.dbus.packages = [ pkgs.iio-sensor-proxy ];
    services.udev.packages = [ pkgs.iio-sensor-proxy ];
    systemd.packages = [ pkgs.iio-sensor-proxy ];
  };
}
