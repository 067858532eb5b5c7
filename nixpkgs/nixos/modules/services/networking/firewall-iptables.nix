# The firewall made of iptables: one ruleset for each address family, which iptables-restore commits as a whole.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMap
    mkIf
    optional
    optionals
    optionalString
    ;

  cfg = config.networking.firewall;
  checksPath = cfg.checkReversePath != false;

  tool = family: suffix: "${cfg.package}/bin/${if family == 4 then "iptables" else "ip6tables"}${suffix}";
  families = [ 4 ] ++ optional config.networking.enableIPv6 6;

  interfaceMatch = interface: optionalString (interface != "default") " -i ${interface}";

  openingRules =
    interface: openings:
    let
      accept = protocol: port: "-A nixos-fw -p ${protocol} --dport ${port}${interfaceMatch interface} -j nixos-fw-accept";
      range = { from, to }: "${toString from}:${toString to}";
    in
    map (port: accept "tcp" (toString port)) openings.allowedTCPPorts
    ++ map (ports: accept "tcp" (range ports)) openings.allowedTCPPortRanges
    ++ map (port: accept "udp" (toString port)) openings.allowedUDPPorts
    ++ map (ports: accept "udp" (range ports)) openings.allowedUDPPortRanges;

  pingRules =
    family:
    let
      limit = optionalString (cfg.pingLimit != null) " -m limit ${cfg.pingLimit}";
    in
    if family == 4 then
      optional cfg.allowPing "-A nixos-fw -p icmp --icmp-type echo-request${limit} -j nixos-fw-accept"
    else
      [
        # Redirects and node information queries say more than a stranger should learn or decide.
        "-A nixos-fw -p icmpv6 --icmpv6-type redirect -j DROP"
        "-A nixos-fw -p icmpv6 --icmpv6-type 139 -j DROP"
        "-A nixos-fw -p icmpv6 -j nixos-fw-accept"
        "-A nixos-fw -d fe80::/64 -p udp --dport 546 -j nixos-fw-accept"
      ];

  logRules =
    optional cfg.logRefusedConnections
      ''-A nixos-fw-log-refuse -p tcp --syn -j LOG --log-level info --log-prefix "refused connection: "''
    ++ optionals (cfg.logRefusedPackets && !cfg.logRefusedUnicastsOnly) [
      ''-A nixos-fw-log-refuse -m pkttype --pkt-type broadcast -j LOG --log-level info --log-prefix "refused broadcast: "''
      ''-A nixos-fw-log-refuse -m pkttype --pkt-type multicast -j LOG --log-level info --log-prefix "refused multicast: "''
    ]
    ++ [ "-A nixos-fw-log-refuse -m pkttype ! --pkt-type unicast -j nixos-fw-refuse" ]
    ++ optional cfg.logRefusedPackets
      ''-A nixos-fw-log-refuse -j LOG --log-level info --log-prefix "refused packet: "''
    ++ [ "-A nixos-fw-log-refuse -j nixos-fw-refuse" ];

  refuseRules =
    if cfg.rejectPackets then
      [
        "-A nixos-fw-refuse -p tcp ! --syn -j DROP"
        "-A nixos-fw-refuse -j REJECT"
      ]
    else
      [ "-A nixos-fw-refuse -j DROP" ];

  pathTable =
    family:
    [
      "*mangle"
      ":nixos-fw-rpfilter - [0:0]"
      "-A nixos-fw-rpfilter -m rpfilter --validmark${optionalString (cfg.checkReversePath == "loose") " --loose"} -j RETURN"
    ]
    # A DHCP client's answers come from and go to addresses that have no route yet.
    ++ optionals (family == 4) [
      "-A nixos-fw-rpfilter -p udp --sport 67 --dport 68 -j RETURN"
      "-A nixos-fw-rpfilter -s 0.0.0.0 -d 255.255.255.255 -p udp --sport 68 --dport 67 -j RETURN"
    ]
    ++ optional cfg.logReversePathDrops
      ''-A nixos-fw-rpfilter -j LOG --log-level info --log-prefix "rpfilter drop: "''
    ++ [ "-A nixos-fw-rpfilter -j DROP" ]
    ++ optional (!hasExtra) jumps.mangle
    ++ [ "COMMIT" ];

  # The last rule of nixos-fw stands behind those that extra commands append.
  closing = "-A nixos-fw -j nixos-fw-log-refuse";
  jumps = {
    mangle = "-A PREROUTING -j nixos-fw-rpfilter";
    filter = "-A INPUT -j nixos-fw";
  };
  hasExtra = cfg.extraCommands != "";

  rules =
    family:
    pkgs.writeText "firewall-ipv${toString family}" (
      lib.concatMapStrings (line: line + "\n") (
        optionals checksPath (pathTable family)
        ++ [
          "*filter"
          ":nixos-fw - [0:0]"
          ":nixos-fw-accept - [0:0]"
          ":nixos-fw-refuse - [0:0]"
          ":nixos-fw-log-refuse - [0:0]"
          "-A nixos-fw-accept -j ACCEPT"
        ]
        ++ refuseRules
        ++ logRules
        ++ map (interface: "-A nixos-fw -i ${interface} -j nixos-fw-accept") cfg.trustedInterfaces
        ++ [ "-A nixos-fw -m conntrack --ctstate ESTABLISHED,RELATED -j nixos-fw-accept" ]
        ++ concatMap (interface: openingRules interface cfg.allInterfaces.${interface}) (
          builtins.attrNames cfg.allInterfaces
        )
        ++ pingRules family
        ++ optionals (!hasExtra) [
          closing
          jumps.filter
        ]
        ++ [ "COMMIT" ]
      )
    );

  # With extra commands, packets go through the chains only once these are done.
  lateRules = pkgs.writeText "firewall-late" (
    optionalString checksPath "*mangle\n${jumps.mangle}\nCOMMIT\n" + "*filter\n${closing}\n${jumps.filter}\nCOMMIT\n"
  );

  restore = family: file: "${tool family "-restore"} --wait --noflush ${file}";
  unhook =
    family:
    [ "-${tool family ""} -w -D INPUT -j nixos-fw" ]
    ++ optional checksPath "-${tool family ""} -w -t mangle -D PREROUTING -j nixos-fw-rpfilter";

  commands =
    name: text:
    optional (text != "") (
      pkgs.writeShellScript name ''
        PATH=${lib.makeBinPath ([ cfg.package ] ++ cfg.extraPackages)}:$PATH
        ip46tables() {
          iptables -w "$@"
          ${optionalString config.networking.enableIPv6 ''ip6tables -w "$@"''}
        }
        ${text}
      ''
    );

  start =
    map (family: restore family (rules family)) families
    ++ optionals hasExtra (
      commands "firewall-extra" cfg.extraCommands ++ map (family: restore family lateRules) families
    );
  stop =
    concatMap unhook families
    ++ map (script: "-${script}") (commands "firewall-extra-stop" cfg.extraStopCommands);
in
{
  config = mkIf (cfg.enable && cfg.backend == "iptables") {
    assertions = [
      {
        assertion = !config.networking.nftables.enable;
        message = "networking.firewall.backend is iptables, and networking.nftables.enable is set: choose one.";
      }
      {
        assertion = cfg.extraInputRules == "" && cfg.extraForwardRules == "" && cfg.extraReversePathFilterRules == "";
        message = "networking.firewall.extraInputRules, extraForwardRules and extraReversePathFilterRules need networking.nftables.enable.";
      }
    ];

    systemd.services.firewall = {
      description = "Firewall";
      # Before sockets and networks of the early boot, and while that waits for devices.
      wantedBy = [ "sysinit.target" ];
      wants = [ "network-pre.target" ];
      before = [
        "network-pre.target"
        "shutdown.target"
      ];
      conflicts = [ "shutdown.target" ];
      after = [ "systemd-modules-load.service" ];
      # The rules stay while they are replaced.
      reloadIfChanged = true;
      unitConfig = {
        ConditionCapability = "CAP_NET_ADMIN";
        DefaultDependencies = false;
      };
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = start;
        ExecReload = concatMap unhook families ++ start;
        ExecStop = stop;
      };
    };
  };
}
