# Xwayland, for programs of X11 on Wayland.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.xwayland;
in
{
  options.programs.xwayland = {
    enable = lib.mkEnableOption "Xwayland, for programs of X11 on Wayland";
    package = lib.mkPackageOption pkgs "xwayland" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
  };
}
