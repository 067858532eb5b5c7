# fprintd: logging in by fingerprint.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.fprintd;
in
{
  options.services.fprintd = {
    enable = lib.mkEnableOption "fprintd, which reads fingerprints";
    package = lib.mkPackageOption pkgs "fprintd" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    security.polkit.enable = true;
  };
}
