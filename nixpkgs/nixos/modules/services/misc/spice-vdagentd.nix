# The agent of virtual machines with SPICE: clipboard and size of the screen.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.spice-vdagentd;
in
{
  options.services.spice-vdagentd.enable = lib.mkEnableOption "the agent of virtual machines with SPICE, for clipboard and size of the screen";

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.spice-vdagent ];
    systemd.services.spice-vdagentd = {
      description = "Agent of SPICE";
      wantedBy = [ "graphical.target" ];
      serviceConfig = {
        Type = "forking";
        ExecStart = "${pkgs.spice-vdagent}/bin/spice-vdagentd";
        RuntimeDirectory = "spice-vdagentd";
      };
    };
  };
}
