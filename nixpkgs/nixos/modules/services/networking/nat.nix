# Network address translation: what leaves through the external interface carries its address.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMap
    concatMapStrings
    mkEnableOption
    mkIf
    mkMerge
    mkOption
    optional
    optionalString
    types
    ;

  cfg = config.networking.nat;
  usesNftables = config.networking.nftables.enable;
  iptables = family: "${pkgs.iptables}/bin/${if family == 4 then "iptables" else "ip6tables"}";

  forwardType = types.submodule {
    options = {
      sourcePort = mkOption {
        type = types.either types.port types.str;
        example = "4000:4004";
        description = "Port, or range of ports with a colon, of the external interface.";
      };
      destination = mkOption {
        type = types.str;
        example = "10.0.0.1:80";
        description = "Address and port that connections are passed on to.";
      };
      proto = mkOption {
        type = types.str;
        default = "tcp";
        example = "udp";
        description = "Protocol.";
      };
      loopbackIPs = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "External addresses at which the machine itself and its inner networks reach the port as well.";
      };
    };
  };

  familyOf = forward: if lib.hasPrefix "[" forward.destination then 6 else 4;
  forwardsOf = family: builtins.filter (forward: familyOf forward == family) cfg.forwardPorts;
  rangeFor = separator: port: builtins.replaceStrings [ ":" ] [ separator ] (toString port);

  # iptables

  outTarget =
    family:
    let
      address = if family == 4 then cfg.externalIP else cfg.externalIPv6;
    in
    if address == null then "-j MASQUERADE" else "-j SNAT --to-source ${address}";
  outDevice = optionalString (cfg.externalInterface != null) " -o ${cfg.externalInterface}";
  inDevice = optionalString (cfg.externalInterface != null) " -i ${cfg.externalInterface}";

  # The destination's range of ports is written with a dash, and its address without the port for masquerading.
  dnat = forward: "DNAT --to-destination ${dashed forward.destination}";
  dashed =
    destination:
    let
      match = builtins.match "(.*:)([0-9]+):([0-9]+)" destination;
    in
    if match == null || lib.hasPrefix "[" destination && builtins.match "\\[.*\\]:[0-9]+:[0-9]+" destination == null then
      destination
    else
      "${builtins.elemAt match 0}${builtins.elemAt match 1}-${builtins.elemAt match 2}";

  forwardRules =
    forward:
    let
      port = rangeFor ":" forward.sourcePort;
      match = builtins.match "\\[?([^]]*[^]:])\\]?:([0-9:]+)" forward.destination;
      address = builtins.elemAt match 0;
      destinationPort = builtins.elemAt match 1;
    in
    [ "-A nixos-nat-pre${inDevice} -p ${forward.proto} --dport ${port} -j ${dnat forward}" ]
    ++ concatMap (loopback: [
      "-A nixos-nat-out -d ${loopback} -p ${forward.proto} --dport ${port} -j ${dnat forward}"
      "-A nixos-nat-pre -d ${loopback} -p ${forward.proto} --dport ${port} -j ${dnat forward}"
      "-A nixos-nat-post -d ${address} -p ${forward.proto} --dport ${destinationPort} -j SNAT --to-source ${loopback}"
    ]) forward.loopbackIPs;

  natRules =
    family:
    let
      sources = if family == 4 then cfg.internalIPs else cfg.internalIPv6s;
    in
    # Marked where they come in, because their interface is not known any more where they leave.
    map (interface: "-A nixos-nat-pre -i ${interface} -j MARK --set-mark 1") cfg.internalInterfaces
    ++ optional (cfg.internalInterfaces != [ ]) "-A nixos-nat-post${outDevice} -m mark --mark 1 ${outTarget family}"
    ++ map (source: "-A nixos-nat-post${outDevice} -s ${source} ${outTarget family}") sources
    ++ concatMap forwardRules (forwardsOf family)
    ++ optional (family == 4 && cfg.dmzHost != null)
      "-A nixos-nat-pre${inDevice} -j DNAT --to-destination ${cfg.dmzHost}";

  hooks = [
    "PREROUTING nixos-nat-pre"
    "POSTROUTING nixos-nat-post"
    "OUTPUT nixos-nat-out"
  ];
  ruleset =
    family:
    pkgs.writeText "nat-ipv${toString family}" (
      lib.concatStringsSep "\n" (
        [
          "*nat"
          ":nixos-nat-pre - [0:0]"
          ":nixos-nat-post - [0:0]"
          ":nixos-nat-out - [0:0]"
        ]
        ++ natRules family
        ++ map (hook: "-A ${builtins.replaceStrings [ " " ] [ " -j " ] hook}") hooks
        ++ [
          "COMMIT"
          ""
        ]
      )
    );
  families = [ 4 ] ++ optional cfg.enableIPv6 6;
  unhook = concatMap (
    family: map (hook: "-${iptables family} -w -t nat -D ${builtins.replaceStrings [ " " ] [ " -j " ] hook}") hooks
  ) families;
  start = map (family: "${iptables family}-restore --wait --noflush ${ruleset family}") families;

  extra =
    name: text:
    optional (text != "") "${pkgs.writeShellScript name ''
      PATH=${pkgs.iptables}/bin:$PATH
      ${text}
    ''}";

  # nftables

  nftTable =
    family:
    let
      ip = if family == 4 then "ip" else "ip6";
      address = if family == 4 then cfg.externalIP else cfg.externalIPv6;
      sources = if family == 4 then cfg.internalIPs else cfg.internalIPv6s;
      set = lib.concatStringsSep ", ";
      quoted = names: set (map (name: ''"${name}"'') names);
      out = optionalString (cfg.externalInterface != null) ''oifname "${cfg.externalInterface}" '';
      incoming = optionalString (cfg.externalInterface != null) ''iifname "${cfg.externalInterface}" '';
      target = if address == null then "masquerade" else "snat to ${address}";
      forward =
        prefix: forward:
        "${prefix}${forward.proto} dport ${rangeFor "-" forward.sourcePort} dnat to ${dashed forward.destination}\n";
      loopbacks = concatMapStrings (
        entry: concatMapStrings (loopback: forward "${ip} daddr ${loopback} " entry) entry.loopbackIPs
      ) (forwardsOf family);
    in
    ''
      chain pre {
        type nat hook prerouting priority dstnat;
        ${concatMapStrings (forward incoming) (forwardsOf family)}
        ${loopbacks}
        ${optionalString (family == 4 && cfg.dmzHost != null) "${incoming}dnat to ${cfg.dmzHost}"}
      }
      chain post {
        type nat hook postrouting priority srcnat;
        ${optionalString (cfg.internalInterfaces != [ ])
          ''iifname { ${quoted cfg.internalInterfaces} } ${out}${target} comment "inner interfaces"''
        }
        ${optionalString (sources != [ ]) ''${ip} saddr { ${set sources} } ${out}${target} comment "inner networks"''}
      }
      chain out {
        type nat hook output priority mangle;
        ${loopbacks}
      }
    '';

  addressOption =
    example: description:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit example description;
    };
  listOption =
    example: description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit example description;
    };
in
{
  options.networking.nat = {
    enable = mkEnableOption "network address translation";
    enableIPv6 = mkEnableOption "network address translation for IPv6";
    internalInterfaces = listOption [ "eth0" ] "Interfaces from which packets are forwarded with the external address.";
    internalIPs = listOption [ "192.168.1.0/24" ] "IPv4 networks from which packets are forwarded with the external address.";
    internalIPv6s = listOption [ "fc00::/64" ] "IPv6 networks from which packets are forwarded with the external address.";
    externalInterface = addressOption "eth1" "Interface to the outside.";
    externalIP = addressOption "203.0.113.123" "The external address; without it, it is taken from the interface.";
    externalIPv6 = addressOption "2001:dc0:2001:11::175" "The external IPv6 address; without it, it is taken from the interface.";
    dmzHost = addressOption "10.0.0.1" "Inner host to which everything that is not forwarded elsewhere goes.";
    forwardPorts = mkOption {
      type = types.listOf forwardType;
      default = [ ];
      example = [
        {
          sourcePort = 8080;
          destination = "10.0.0.1:80";
          proto = "tcp";
        }
      ];
      description = "Ports of the external interface that lead to inner hosts.";
    };
    extraCommands = mkOption {
      type = types.lines;
      default = "";
      example = "iptables -A INPUT -p icmp -j ACCEPT";
      description = "Shell commands that run after the rules are set. Only with iptables.";
    };
    extraStopCommands = mkOption {
      type = types.lines;
      default = "";
      example = "iptables -D INPUT -p icmp -j ACCEPT || true";
      description = "Shell commands that run when the rules are removed. Only with iptables.";
    };
  };

  config = mkIf cfg.enable (mkMerge [
    {
      assertions = [
        {
          assertion = cfg.forwardPorts != [ ] || cfg.dmzHost != null -> cfg.externalInterface != null;
          message = "networking.nat.forwardPorts and dmzHost need networking.nat.externalInterface.";
        }
        {
          assertion = usesNftables -> cfg.extraCommands == "" && cfg.extraStopCommands == "";
          message = "networking.nat.extraCommands are for iptables: with nftables use networking.nftables.tables.";
        }
      ];

      boot.kernel.sysctl = {
        "net.ipv4.conf.all.forwarding" = lib.mkOverride 99 true;
        "net.ipv4.conf.default.forwarding" = lib.mkOverride 99 true;
      }
      // lib.optionalAttrs cfg.enableIPv6 {
        "net.ipv6.conf.all.forwarding" = lib.mkOverride 99 true;
        "net.ipv6.conf.default.forwarding" = lib.mkOverride 99 true;
        # Forwarding switches router advertisements off; 2 accepts them all the same.
        "net.ipv6.conf.all.accept_ra" = lib.mkOverride 99 2;
        "net.ipv6.conf.default.accept_ra" = lib.mkOverride 99 2;
      };
    }

    (mkIf usesNftables {
      networking.nftables.tables = {
        nixos-nat = {
          family = "ip";
          content = nftTable 4;
        };
      }
      // lib.optionalAttrs cfg.enableIPv6 {
        nixos-nat6 = {
          family = "ip6";
          name = "nixos-nat";
          content = nftTable 6;
        };
      };
      networking.firewall.extraForwardRules = optionalString config.networking.firewall.filterForward (
        optionalString (cfg.internalInterfaces != [ ]) ''
          iifname { ${lib.concatStringsSep ", " (map (name: ''"${name}"'') cfg.internalInterfaces)} } accept comment "inner interfaces"
        ''
        + optionalString (cfg.internalIPs != [ ]) ''
          ip saddr { ${lib.concatStringsSep ", " cfg.internalIPs} } accept comment "inner networks"
        ''
      );
    })

    (mkIf (!usesNftables) {
      environment.systemPackages = [ pkgs.iptables ];
      systemd.services.nat = {
        description = "Network address translation";
        wantedBy = [ "multi-user.target" ];
        wants = [ "network-pre.target" ];
        before = [ "network-pre.target" ];
        after = [
          "systemd-modules-load.service"
          "firewall.service"
        ];
        unitConfig.ConditionCapability = "CAP_NET_ADMIN";
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = start ++ extra "nat-extra" cfg.extraCommands;
          ExecStop = unhook ++ map (script: "-${script}") (extra "nat-extra-stop" cfg.extraStopCommands);
        };
      };
    })
  ]);
}
