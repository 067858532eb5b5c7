# KDE Partition Manager.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.partition-manager;
in
{
  options.programs.partition-manager = {
    enable = lib.mkEnableOption "KDE Partition Manager";
    package = lib.mkPackageOption pkgs "partitionmanager" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
  };
}
