# Tumbler: small pictures of files.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.tumbler;
in
{
  options.services.tumbler = {
    enable = lib.mkEnableOption "Tumbler, which makes small pictures of files";
    package = lib.mkPackageOption pkgs "tumbler" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
  };
}
