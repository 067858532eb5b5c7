# Controllers and glasses of Valve, and others that Steam knows.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.hardware.steam-hardware;
in
{
  options.hardware.steam-hardware.enable = lib.mkEnableOption "controllers and glasses that Steam knows";

  config = lib.mkIf cfg.enable {
    services.udev.packages = [ pkgs.steam-devices ];
    # Programs make devices of controllers.
    hardware.uinput.enable = true;
  };
}
