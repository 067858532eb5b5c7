# Seahorse, a program for passwords and keys.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.seahorse;
in
{
  options.programs.seahorse = {
    enable = lib.mkEnableOption "Seahorse, a program for passwords and keys";
    package = lib.mkPackageOption pkgs "seahorse" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
  };
}
