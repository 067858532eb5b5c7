# I²C: the bus of sensors, displays and small devices.
{ config, lib, ... }:
let
  cfg = config.hardware.i2c;
in
{
  options.hardware.i2c = {
    enable = lib.mkEnableOption "devices on I²C buses for the members of a group";
    group = lib.mkOption {
      type = lib.types.str;
      default = "i2c";
      description = "The group that may use the devices.";
    };
  };

  config = lib.mkIf cfg.enable {
    boot.kernelModules = [ "i2c-dev" ];
    users.groups = lib.mkIf (cfg.group == "i2c") { i2c = { }; };
    services.udev.extraRules = ''
      ACTION=="add", KERNEL=="i2c-[0-9]*", GROUP="${cfg.group}", MODE="660"
    '';
  };
}
