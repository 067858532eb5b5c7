# The firewall: which ports are open and what is trusted. firewall-iptables.nix and firewall-nftables.nix apply it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;

  cfg = config.networking.firewall;

  portRange = types.submodule {
    options = {
      from = mkOption {
        type = types.port;
        description = "First port of the range.";
      };
      to = mkOption {
        type = types.port;
        description = "Last port of the range.";
      };
    };
  };

  ports =
    protocol: where:
    mkOption {
      type = types.listOf types.port;
      default = [ ];
      apply = list: lib.unique (lib.sort builtins.lessThan list);
      example = [
        22
        80
      ];
      description = "${protocol} ports that accept connections from ${where}.";
    };
  ranges =
    protocol: where:
    mkOption {
      type = types.listOf portRange;
      default = [ ];
      example = [
        {
          from = 8999;
          to = 9003;
        }
      ];
      description = "Ranges of ${protocol} ports that accept connections from ${where}.";
    };
  openings = where: {
    allowedTCPPorts = ports "TCP" where;
    allowedTCPPortRanges = ranges "TCP" where;
    allowedUDPPorts = ports "UDP" where;
    allowedUDPPortRanges = ranges "UDP" where;
  };

  onlyOpenings = set: {
    inherit (set)
      allowedTCPPorts
      allowedTCPPortRanges
      allowedUDPPorts
      allowedUDPPortRanges
      ;
  };
in
{
  options.networking.firewall = openings "everywhere" // {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether incoming connections are refused, except to open ports.";
    };

    backend = mkOption {
      type = types.enum [
        "iptables"
        "nftables"
      ];
      default = if config.networking.nftables.enable then "nftables" else "iptables";
      defaultText = lib.literalExpression ''if config.networking.nftables.enable then "nftables" else "iptables"'';
      description = "What the firewall is made of.";
    };

    package = mkOption {
      type = types.package;
      default = if cfg.backend == "nftables" then pkgs.nftables else pkgs.iptables;
      defaultText = lib.literalExpression ''if config.networking.firewall.backend == "nftables" then pkgs.nftables else pkgs.iptables'';
      example = lib.literalExpression "pkgs.iptables-legacy";
      description = "Package with the programs that set up the firewall.";
    };

    interfaces = mkOption {
      type = types.attrsOf (types.submodule { options = openings "that interface"; });
      default = { };
      example.eth1.allowedTCPPorts = [ 5432 ];
      description = "Ports that are open on one interface only.";
    };

    allInterfaces = mkOption {
      type = types.attrsOf types.unspecified;
      internal = true;
      readOnly = true;
      default = lib.mapAttrs (_: onlyOpenings) cfg.interfaces // {
        default = onlyOpenings cfg;
      };
      description = "Open ports by interface; `default` stands for all of them.";
    };

    trustedInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "enp0s2" ];
      description = "Interfaces from which everything is accepted.";
    };

    allowPing = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the machine answers pings over IPv4; over IPv6 it always does.";
    };

    pingLimit = mkOption {
      type = types.nullOr (types.separatedString " ");
      default = null;
      example = "--limit 1/minute --limit-burst 5";
      description = ''
        How many pings are answered: with iptables the arguments of its match `limit`, with nftables the expression
        after `limit rate`.
      '';
    };

    rejectPackets = mkOption {
      type = types.bool;
      default = false;
      description = "Whether refused packets are answered with a rejection, and not dropped.";
    };

    checkReversePath = mkOption {
      type = types.either types.bool (types.enum [
        "strict"
        "loose"
      ]);
      default = true;
      example = "loose";
      description = ''
        Whether a packet is dropped unless the answer to it would leave by the interface that it came from (`true` or
        `"strict"`), or by any (`"loose"`).
      '';
    };

    logReversePathDrops = mkOption {
      type = types.bool;
      default = false;
      description = "Whether packets that fail that check are logged.";
    };

    logRefusedConnections = mkOption {
      type = types.bool;
      default = true;
      description = "Whether refused connections are logged.";
    };

    logRefusedPackets = mkOption {
      type = types.bool;
      default = false;
      description = "Whether every refused packet is logged.";
    };

    logRefusedUnicastsOnly = mkOption {
      type = types.bool;
      default = true;
      description = "Whether packets to broadcast and multicast addresses are left out of that log.";
    };

    autoLoadConntrackHelpers = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the kernel picks a connection's tracking helper by its port.";
    };

    connectionTrackingModules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "ftp"
        "irc"
        "sane"
        "sip"
        "tftp"
      ];
      description = "Protocols whose related connections are recognised.";
    };

    filterForward = mkOption {
      type = types.bool;
      default = false;
      description = "Whether forwarded packets are filtered too; only with nftables.";
    };

    extraForwardRules = mkOption {
      type = types.lines;
      default = "";
      example = "iifname wg0 accept";
      description = "nftables rules for forwarded packets.";
    };

    extraInputRules = mkOption {
      type = types.lines;
      default = "";
      example = "ip6 saddr { fc00::/7, fe80::/10 } tcp dport 24800 accept";
      description = "nftables rules for incoming packets.";
    };

    extraReversePathFilterRules = mkOption {
      type = types.lines;
      default = "";
      example = "fib daddr . mark . iif type local accept";
      description = "nftables rules in front of the reverse path check.";
    };

    extraCommands = mkOption {
      type = types.lines;
      default = "";
      example = "iptables -A INPUT -p icmp -j ACCEPT";
      description = ''
        Shell commands that run after the firewall is set up. `ip46tables` stands for iptables and ip6tables both. Only
        with iptables.
      '';
    };

    extraStopCommands = mkOption {
      type = types.lines;
      default = "";
      example = "iptables -P INPUT ACCEPT";
      description = "Shell commands that run when the firewall stops. Only with iptables.";
    };

    extraPackages = mkOption {
      type = types.listOf types.package;
      default = [ ];
      example = lib.literalExpression "[ pkgs.ipset ]";
      description = "Packages whose programs the extra commands use.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.filterForward -> cfg.backend == "nftables";
        message = "networking.firewall.filterForward needs networking.nftables.enable.";
      }
    ];

    networking.firewall.trustedInterfaces = [ "lo" ];

    environment.systemPackages = [ cfg.package ] ++ cfg.extraPackages;

    boot.kernelModules =
      lib.optional cfg.autoLoadConntrackHelpers "nf_conntrack"
      ++ map (protocol: "nf_conntrack_${protocol}") cfg.connectionTrackingModules;
    boot.extraModprobeConfig = lib.optionalString cfg.autoLoadConntrackHelpers ''
      options nf_conntrack nf_conntrack_helper=1
    '';
  };
}
