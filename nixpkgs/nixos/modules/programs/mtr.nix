# mtr, which shows the way to a host.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.mtr;
in
{
  options.programs.mtr = {
    enable = lib.mkEnableOption "mtr, which shows the way to a host";
    package = lib.mkPackageOption pkgs "mtr-tiny" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    security.wrappers.mtr-packet = {
      owner = "root";
      group = "root";
      capabilities = "cap_net_raw+p";
      source = "${cfg.package}/bin/mtr-packet";
    };
  };
}
