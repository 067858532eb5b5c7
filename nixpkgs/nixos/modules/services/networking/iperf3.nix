# iperf3: how fast a network is.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.iperf3;
in
{
  options.services.iperf3 = {
    enable = lib.mkEnableOption "iperf3, which measures how fast a network is";
    package = lib.mkPackageOption pkgs "iperf3" { };
    port = lib.mkOption {
      type = lib.types.port;
      default = 5201;
      description = "Port of the server.";
    };
    bind = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      description = "Address of the server; null is all.";
    };
    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets it through.";
    };
    affinity = lib.mkOption {
      type = lib.types.nullOr lib.types.ints.unsigned;
      default = null;
      description = "Processor that it runs on.";
    };
    verbose = lib.mkEnableOption "details in the journal";
    extraFlags = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Arguments of the program.";
    };
  };

  config = lib.mkIf cfg.enable {
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];
    networking.firewall.allowedUDPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];
    systemd.services.iperf3 = {
      description = "iperf3 daemon";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        ExecStart = lib.concatStringsSep " " (
          [ "${cfg.package}/bin/iperf3 --server --port ${toString cfg.port}" ]
          ++ lib.optional (cfg.bind != null) "--bind ${cfg.bind}"
          ++ lib.optional (cfg.affinity != null) "--affinity ${toString cfg.affinity}"
          ++ lib.optional cfg.verbose "--verbose"
          ++ [ (lib.escapeShellArgs cfg.extraFlags) ]
        );
        Restart = "on-failure";
        DynamicUser = true;
        CapabilityBoundingSet = "";
        NoNewPrivileges = true;
      };
    };
  };
}
