# irqbalance: which processor serves which device.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.irqbalance;
in
{
  options.services.irqbalance = {
    enable = lib.mkEnableOption "irqbalance, which spreads interrupts over processors";
    package = lib.mkPackageOption pkgs "irqbalance" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    systemd.services.irqbalance = {
      description = "Spread interrupts over processors";
      wantedBy = [ "multi-user.target" ];
      unitConfig.ConditionVirtualization = "!container";
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/irqbalance --foreground";
        RuntimeDirectory = "irqbalance";
        ProtectSystem = "full";
      };
    };
  };
}
