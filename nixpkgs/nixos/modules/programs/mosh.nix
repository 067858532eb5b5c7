# Mosh, a remote shell that survives bad networks.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.mosh;
in
{
  options.programs.mosh = {
    enable = lib.mkEnableOption "Mosh";
    package = lib.mkPackageOption pkgs "mosh" { };
    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether the firewall lets UDP ports 60000 to 61000 in.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    networking.firewall.allowedUDPPortRanges = lib.optional cfg.openFirewall {
      from = 60000;
      to = 61000;
    };
  };
}
