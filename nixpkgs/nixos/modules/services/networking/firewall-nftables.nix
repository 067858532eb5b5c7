# The firewall made of nftables: the table `inet nixos-fw`.
{ config, lib, ... }:
let
  inherit (lib)
    concatMapStringsSep
    concatStrings
    concatStringsSep
    mapAttrsToList
    mkIf
    optionalString
    ;

  cfg = config.networking.firewall;

  trusted = concatMapStringsSep ", " (name: ''"${name}"'') cfg.trustedInterfaces;

  portSet =
    ports: ranges:
    concatStringsSep ", " (
      map toString ports ++ map (range: "${toString range.from}-${toString range.to}") ranges
    );
  openingRules =
    interface: openings:
    let
      where = optionalString (interface != "default") ''iifname "${interface}" '';
      accept =
        protocol: set: optionalString (set != "") "${where}${protocol} dport { ${set} } accept\n";
    in
    accept "tcp" (portSet openings.allowedTCPPorts openings.allowedTCPPortRanges)
    + accept "udp" (portSet openings.allowedUDPPorts openings.allowedUDPPortRanges);

  logRules =
    optionalString cfg.logRefusedConnections ''
      tcp flags syn / fin,syn,rst,ack log level info prefix "refused connection: "
    ''
    + optionalString (cfg.logRefusedPackets && !cfg.logRefusedUnicastsOnly) ''
      meta pkttype broadcast log level info prefix "refused broadcast: "
      meta pkttype multicast log level info prefix "refused multicast: "
    ''
    + optionalString cfg.logRefusedPackets ''
      meta pkttype host log level info prefix "refused packet: "
    '';
in
{
  config = mkIf (cfg.enable && cfg.backend == "nftables") {
    assertions = [
      {
        assertion = config.networking.nftables.enable;
        message = "networking.firewall.backend is nftables: set networking.nftables.enable.";
      }
      {
        assertion = cfg.extraCommands == "" && cfg.extraStopCommands == "";
        message = "networking.firewall.extraCommands are for iptables: with nftables use networking.firewall.extraInputRules.";
      }
      {
        assertion = cfg.pingLimit == null || !(lib.hasPrefix "--" cfg.pingLimit);
        message = "networking.firewall.pingLimit is written for iptables; with nftables it is like \"1/minute burst 5 packets\".";
      }
    ];

    networking.nftables.tables.nixos-fw = {
      family = "inet";
      content = optionalString (cfg.checkReversePath != false) ''
        chain rpfilter {
          type filter hook prerouting priority mangle + 10; policy drop;
          meta nfproto ipv4 udp sport . udp dport { 67 . 68, 68 . 67 } accept comment "DHCPv4 client and server"
          fib saddr . mark ${optionalString (cfg.checkReversePath != "loose") ". iif "}oif exists accept
          jump rpfilter-allow
          ${optionalString cfg.logReversePathDrops ''log level info prefix "rpfilter drop: "''}
        }
        chain rpfilter-allow {
          ${cfg.extraReversePathFilterRules}
        }
      '' + ''
        chain input {
          type filter hook input priority filter; policy drop;
          ${optionalString (trusted != "") ''iifname { ${trusted} } accept comment "trusted interfaces"''}
          ct state vmap {
            invalid : drop,
            established : accept,
            related : accept,
            new : jump input-allow,
            untracked : jump input-allow,
          }
          ${logRules}
          ${optionalString cfg.rejectPackets ''
            meta l4proto tcp reject with tcp reset
            reject
          ''}
        }
        chain input-allow {
          ${concatStrings (mapAttrsToList openingRules cfg.allInterfaces)}
          ${optionalString cfg.allowPing ''
            icmp type echo-request ${optionalString (cfg.pingLimit != null) "limit rate ${cfg.pingLimit} "}accept comment "ping"
          ''}
          icmpv6 type != { nd-redirect, 139 } accept comment "IPv6 does not work without it"
          ip6 daddr fe80::/64 udp dport 546 accept comment "DHCPv6 client"
          ${cfg.extraInputRules}
        }
      '' + optionalString cfg.filterForward ''
        chain forward {
          type filter hook forward priority filter; policy drop;
          ct state vmap {
            invalid : drop,
            established : accept,
            related : accept,
            new : jump forward-allow,
            untracked : jump forward-allow,
          }
        }
        chain forward-allow {
          icmpv6 type != { router-renumbering, 139 } accept
          ct status dnat accept comment "forwarded ports"
          ${cfg.extraForwardRules}
        }
      '';
    };
  };
}
