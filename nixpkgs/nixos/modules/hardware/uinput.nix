# Devices of input that programs make.
{ config, lib, ... }:
{
  options.hardware.uinput.enable = lib.mkEnableOption "input devices made by programs of the group `uinput`";

  config = lib.mkIf config.hardware.uinput.enable {
    boot.kernelModules = [ "uinput" ];
    users.groups.uinput = { };
    services.udev.extraRules = ''
      SUBSYSTEM=="misc", KERNEL=="uinput", MODE="0660", GROUP="uinput", OPTIONS+="static_node=uinput"
    '';
  };
}
