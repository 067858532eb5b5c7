# Wireless devices of Logitech.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.hardware.logitech.wireless;
in
{
  options.hardware.logitech.wireless = {
    enable = lib.mkEnableOption "wireless devices of Logitech";
    enableGraphical = lib.mkEnableOption "Solaar, a program for them with windows";
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.ltunify ] ++ lib.optional cfg.enableGraphical pkgs.solaar;
    # Members of the session may speak to the receivers.
    services.udev.packages = [
      pkgs.ltunify
      pkgs.solaar
    ];
  };
}
