# Samba's folders in the network neighbourhood of Windows.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.samba-wsdd;
in
{
  options.services.samba-wsdd = {
    enable = lib.mkEnableOption "showing this machine in the network neighbourhood of Windows";
    package = lib.mkPackageOption pkgs "wsdd2" { };
    interface = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      example = "eth0";
      description = "Interface; null is all.";
    };
    hostname = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      description = "Name that is shown; null is the machine's.";
    };
    workgroup = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      description = "Group of machines; null is Samba's.";
    };
    extraOptions = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "-4" ];
      description = "Arguments of the program: {manpage}`wsdd2(8)`.";
    };
    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets it through.";
    };
  };

  config = lib.mkIf cfg.enable {
    networking.firewall = lib.mkIf cfg.openFirewall {
      allowedTCPPorts = [ 3702 ];
      allowedUDPPorts = [
        3702
        5355
      ];
    };
    systemd.services.samba-wsdd = {
      description = "Name of this machine for Windows";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      # It asks Samba's configuration for names.
      path = [ config.services.samba.package ];
      serviceConfig = {
        ExecStart = lib.concatStringsSep " " (
          [ "${cfg.package}/bin/wsdd2" ]
          ++ lib.optional (cfg.interface != null) "-i ${cfg.interface}"
          ++ lib.optional (cfg.hostname != null) "-N ${cfg.hostname}"
          ++ lib.optional (cfg.workgroup != null) "-G ${cfg.workgroup}"
          ++ [ (lib.escapeShellArgs cfg.extraOptions) ]
        );
        Restart = "on-failure";
      };
    };
  };
}
