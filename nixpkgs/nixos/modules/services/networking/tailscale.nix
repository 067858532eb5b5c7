# Tailscale. Debian has no package of it: `services.tailscale.package` has to name one.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkEnableOption mkIf mkOption types;
  cfg = config.services.tailscale;
  isServer = cfg.useRoutingFeatures == "server" || cfg.useRoutingFeatures == "both";
  isClient = cfg.useRoutingFeatures == "client" || cfg.useRoutingFeatures == "both";

  strings =
    example: description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit example description;
    };
in
{
  options.services.tailscale = {
    enable = mkEnableOption "Tailscale";
    package = lib.mkPackageOption pkgs "tailscale" { };
    port = mkOption {
      type = types.port;
      default = 41641;
      description = "UDP port to listen on; 0 takes a free one.";
    };
    interfaceName = mkOption {
      type = types.str;
      default = "tailscale0";
      description = "Name of the interface, or `userspace-networking` for none.";
    };
    permitCertUid = mkOption {
      type = types.nullOr types.nonEmptyStr;
      default = null;
      description = "User who may fetch certificates.";
    };
    disableTaildrop = mkOption {
      type = types.bool;
      default = false;
      description = "Whether files cannot be sent and received.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets the port in.";
    };
    useRoutingFeatures = mkOption {
      type = types.enum [
        "none"
        "client"
        "server"
        "both"
      ];
      default = "none";
      description = "Whether the machine uses (`client`) or is (`server`) a way to other networks.";
    };
    authKeyFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = "/run/secrets/tailscale_key";
      description = "File with the key that the machine logs in with.";
    };
    extraUpFlags = strings [ "--ssh" ] "Arguments of `tailscale up`, when it logs in with a key.";
    extraSetFlags = strings [ "--advertise-exit-node" ] "Arguments of `tailscale set`.";
    extraDaemonFlags = strings [ "--no-logs-no-support" ] "Arguments of tailscaled.";
  };

  config = mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    boot.kernel.sysctl = mkIf isServer {
      "net.ipv4.conf.all.forwarding" = lib.mkOverride 97 true;
      "net.ipv6.conf.all.forwarding" = lib.mkOverride 97 true;
    };
    networking.firewall.allowedUDPPorts = mkIf cfg.openFirewall [ cfg.port ];
    networking.firewall.checkReversePath = mkIf isClient "loose";
    networking.dhcpcd.denyInterfaces = [ cfg.interfaceName ];

    systemd.services.tailscaled = {
      description = "Tailscale node agent";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-pre.target" ];
      after = [
        "network-pre.target"
        "NetworkManager.service"
        "systemd-resolved.service"
      ];
      path = [
        pkgs.procps
        pkgs.iproute2
        pkgs.iptables
        pkgs.getent
        pkgs.shadow
      ]
      ++ lib.optional config.networking.resolvconf.enable config.networking.resolvconf.package;
      environment = lib.optionalAttrs (cfg.permitCertUid != null) { TS_PERMIT_CERT_UID = cfg.permitCertUid; };
      # The machine may be reached through it only.
      stopIfChanged = false;
      serviceConfig = {
        Type = "notify";
        ExecStart = "${cfg.package}/bin/tailscaled --state=/var/lib/tailscale/tailscaled.state --socket=/run/tailscale/tailscaled.sock --port=${toString cfg.port} --tun ${lib.escapeShellArg cfg.interfaceName} ${lib.escapeShellArgs cfg.extraDaemonFlags}";
        ExecStopPost = "${cfg.package}/bin/tailscaled --cleanup";
        Restart = "on-failure";
        RuntimeDirectory = "tailscale";
        RuntimeDirectoryMode = "0755";
        StateDirectory = "tailscale";
        StateDirectoryMode = "0700";
        CacheDirectory = "tailscale";
        CacheDirectoryMode = "0750";
        Environment = lib.optional cfg.disableTaildrop "TS_DISABLE_TAILDROP=true";
      };
    };

    systemd.services.tailscaled-autoconnect = mkIf (cfg.authKeyFile != null) {
      description = "Login to Tailscale";
      after = [ "tailscaled.service" ];
      wants = [ "tailscaled.service" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig.Type = "oneshot";
      path = [
        cfg.package
        pkgs.jq
      ];
      script = ''
        state=$(tailscale status --json --peers=false | jq -r .BackendState)
        if [ "$state" = NeedsLogin ] || [ "$state" = NeedsMachineAuth ]; then
          tailscale up --auth-key "file:${cfg.authKeyFile}" ${lib.escapeShellArgs cfg.extraUpFlags}
        fi
      '';
    };
    systemd.services.tailscaled-set = mkIf (cfg.extraSetFlags != [ ]) {
      description = "Settings of Tailscale";
      after = [ "tailscaled.service" ];
      wants = [ "tailscaled.service" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${cfg.package}/bin/tailscale set ${lib.escapeShellArgs cfg.extraSetFlags}";
      };
    };
  };
}
