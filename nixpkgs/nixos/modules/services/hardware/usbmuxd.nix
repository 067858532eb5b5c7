# usbmuxd: iPhones and iPads on USB.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.usbmuxd;
in
{
  options.services.usbmuxd = {
    enable = lib.mkEnableOption "usbmuxd, which speaks to iPhones and iPads";
    package = lib.mkPackageOption pkgs "usbmuxd" { };
  };

  config = lib.mkIf cfg.enable {
    services.udev.packages = [ cfg.package ];
    users.users.usbmux = {
      isSystemUser = true;
      group = "usbmux";
    };
    users.groups.usbmux = { };
    systemd.services.usbmuxd = {
      description = "Socket daemon for iPhones and iPads";
      wantedBy = [ "multi-user.target" ];
      serviceConfig.ExecStart = "${cfg.package}/bin/usbmuxd -U usbmux -v";
    };
  };
}
