# tmux.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.tmux;
in
{
  options.programs.tmux = {
    enable = lib.mkEnableOption "tmux";
    package = lib.mkPackageOption pkgs "tmux" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
  };
}
