# htop.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.htop;
in
{
  options.programs.htop = {
    enable = lib.mkEnableOption "htop";
    package = lib.mkPackageOption pkgs "htop" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
  };
}
