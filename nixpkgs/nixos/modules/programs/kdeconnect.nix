# KDE Connect, which joins phones and computers.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.kdeconnect;
  ports = [
    {
      from = 1714;
      to = 1764;
    }
  ];
in
{
  options.programs.kdeconnect = {
    enable = lib.mkEnableOption "KDE Connect, whose ports 1714 to 1764 the firewall lets in";
    package = lib.mkPackageOption pkgs "kdeconnect" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    networking.firewall.allowedTCPPortRanges = ports;
    networking.firewall.allowedUDPPortRanges = ports;
  };
}
