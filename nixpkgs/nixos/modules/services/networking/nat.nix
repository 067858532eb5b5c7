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
  hasFirewall = config.networking.firewall.enable;
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
  loopbacksOf = family: lib.unique (concatMap (forward: forward.loopbackIPs) (forwardsOf family));
  sourcesOf = family: if family == 4 then cfg.internalIPs else cfg.internalIPv6s;
  externalOf = family: if family == 4 then cfg.externalIP else cfg.externalIPv6;
  rangeFor = separator: port: builtins.replaceStrings [ ":" ] [ separator ] (toString port);

  # iptables

  outTarget =
    family: if externalOf family == null then "-j MASQUERADE" else "-j SNAT --to-source ${externalOf family}";
  outDevice = optionalString (cfg.externalInterface != null) " -o ${cfg.externalInterface}";
  inDevice = optionalString (cfg.externalInterface != null) " -i ${cfg.externalInterface}";

  dnat = forward: "DNAT --to-destination ${dashed forward.destination}";
  # A range of ports is written with a dash here.
  dashed =
    destination:
    let
      match = builtins.match "(.*:)([0-9]+):([0-9]+)" destination;
    in
    if match == null then
      destination
    else
      "${builtins.elemAt match 0}${builtins.elemAt match 1}-${builtins.elemAt match 2}";

  # What comes from the inside: how it is known before its route is chosen, and after.
  inner =
    family:
    map (interface: {
      before = " -i ${interface}";
      after = " -m mark --mark 1";
    }) cfg.internalInterfaces
    ++ map (source: {
      before = " -s ${source}";
      after = " -s ${source}";
    }) (sourcesOf family);

  forwardRules =
    family: forward:
    let
      match = "-p ${forward.proto} --dport ${rangeFor ":" forward.sourcePort} -j ${dnat forward}";
      external = optionalString (externalOf family != null) " -d ${externalOf family}";
    in
    [ "-A nixos-nat-pre${inDevice}${external} ${match}" ]
    ++ concatMap (
      loopback:
      [ "-A nixos-nat-out -d ${loopback} ${match}" ]
      ++ map (source: "-A nixos-nat-pre -d ${loopback}${source.before} ${match}") (inner family)
    ) forward.loopbackIPs;

  # Answers to those inside must come back here, though both ends are on one network.
  loopbackRules =
    family:
    concatMap (
      loopback:
      map (
        source:
        "-A nixos-nat-post${source.after} -m conntrack --ctstate DNAT --ctorigdst ${loopback} -j SNAT --to-source ${loopback}"
      ) (inner family)
    ) (loopbacksOf family);

  natRules =
    family:
    # Marked where they come in, because their interface is not known any more where they leave.
    map (interface: "-A nixos-nat-pre -i ${interface} -j MARK --set-mark 1") cfg.internalInterfaces
    ++ optional (cfg.internalInterfaces != [ ]) "-A nixos-nat-post${outDevice} -m mark --mark 1 ${outTarget family}"
    ++ map (source: "-A nixos-nat-post${outDevice} -s ${source} ${outTarget family}") (sourcesOf family)
    ++ concatMap (forwardRules family) (forwardsOf family)
    ++ loopbackRules family
    ++ optional (family == 4 && cfg.dmzHost != null)
      "-A nixos-nat-pre${inDevice} -j DNAT --to-destination ${cfg.dmzHost}";

  # Matters where the policy for forwarded packets, or a rule behind these, drops them.
  filterRules =
    family:
    map (source: "-A nixos-filter-forward${source}${outDevice} -j ACCEPT") (
      map (interface: " -i ${interface}") cfg.internalInterfaces ++ map (source: " -s ${source}") (sourcesOf family)
    )
    ++ [ "-A nixos-filter-forward -m conntrack --ctstate ESTABLISHED,RELATED,DNAT -j ACCEPT" ];

  hooks = {
    nat = {
      PREROUTING = "nixos-nat-pre";
      POSTROUTING = "nixos-nat-post";
      OUTPUT = "nixos-nat-out";
    };
    filter.FORWARD = "nixos-filter-forward";
  };
  table =
    name: rules:
    [ "*${name}" ]
    ++ lib.mapAttrsToList (_: chain: ":${chain} - [0:0]") hooks.${name}
    ++ rules
    ++ lib.mapAttrsToList (hook: chain: "-A ${hook} -j ${chain}") hooks.${name}
    ++ [ "COMMIT" ];
  ruleset =
    family:
    pkgs.writeText "nat-ipv${toString family}" (
      lib.concatMapStrings (line: line + "\n") (table "nat" (natRules family) ++ table "filter" (filterRules family))
    );
  families = [ 4 ] ++ optional cfg.enableIPv6 6;
  unhook = concatMap (
    family:
    lib.concatLists (
      lib.mapAttrsToList (
        name: lib.mapAttrsToList (hook: chain: "-${iptables family} -w -t ${name} -D ${hook} -j ${chain}")
      ) hooks
    )
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
      address = externalOf family;
      sources = sourcesOf family;
      set = lib.concatStringsSep ", ";
      quoted = names: set (map (name: ''"${name}"'') names);
      out = optionalString (cfg.externalInterface != null) ''oifname "${cfg.externalInterface}" '';
      incoming = optionalString (cfg.externalInterface != null) ''iifname "${cfg.externalInterface}" '';
      target = if address == null then "masquerade" else "snat to ${address}";
      forward =
        prefix: forward:
        "${prefix}${forward.proto} dport ${rangeFor "-" forward.sourcePort} dnat to ${dashed forward.destination}\n";
      external = optionalString (address != null) "${ip} daddr ${address} ";
      inner =
        optional (cfg.internalInterfaces != [ ]) "iifname { ${quoted cfg.internalInterfaces} } "
        ++ optional (sources != [ ]) "${ip} saddr { ${set sources} } ";
      loopbacks =
        prefix:
        concatMapStrings (
          entry: concatMapStrings (loopback: forward "${prefix}${ip} daddr ${loopback} " entry) entry.loopbackIPs
        ) (forwardsOf family);
      # Answers to those inside must come back here, though both ends are on one network.
      loopbackSource =
        prefix:
        concatMapStrings (
          loopback: "${prefix}ct status dnat ct original ${ip} daddr ${loopback} snat to ${loopback}\n"
        ) (loopbacksOf family);
    in
    ''
      chain pre {
        type nat hook prerouting priority dstnat;
        ${concatMapStrings (forward "${incoming}${external}") (forwardsOf family)}
        ${concatMapStrings loopbacks inner}
        ${optionalString (family == 4 && cfg.dmzHost != null) "${incoming}dnat to ${cfg.dmzHost}"}
      }
      chain post {
        type nat hook postrouting priority srcnat;
        ${concatMapStrings (source: "${source}${out}${target}\n") inner}
        ${concatMapStrings loopbackSource inner}
      }
      chain out {
        type nat hook output priority mangle;
        ${loopbacks ""}
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
        # Who stops or restarts the firewall means these rules as well.
        wantedBy = [ "multi-user.target" ] ++ optional hasFirewall "firewall.service";
        partOf = optional hasFirewall "firewall.service";
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
