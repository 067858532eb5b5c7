# light: how bright the screen is.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.light;
in
{
  options.programs.light = {
    enable = lib.mkEnableOption "{command}`light`, by which members of the group `video` set how bright the screen is";
    package = lib.mkPackageOption pkgs "light" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.udev.packages = [ cfg.package ];
  };
}
