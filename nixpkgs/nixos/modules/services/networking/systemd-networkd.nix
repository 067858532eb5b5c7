# systemd-networkd: interfaces, virtual devices and links as files of systemd.network(5), .netdev(5) and .link(5).
#
# Every section of these files is an attribute set whose keys are systemd's own; the tables below say which option
# makes which section.
{
  config,
  lib,
  utils,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    mkEnableOption
    mkIf
    mkMerge
    mkOption
    optionalString
    types
    ;

  cfg = config.systemd.network;

  atom = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
    types.path
    types.package
  ];
  sectionType = types.attrsOf (types.nullOr (types.either atom (types.listOf atom)));

  # Sections that occur once: option → section.
  single = {
    network = {
      matchConfig = "Match";
      linkConfig = "Link";
      networkConfig = "Network";
      dhcpV4Config = "DHCPv4";
      dhcpV6Config = "DHCPv6";
      dhcpPrefixDelegationConfig = "DHCPPrefixDelegation";
      ipv6AcceptRAConfig = "IPv6AcceptRA";
      dhcpServerConfig = "DHCPServer";
      ipv6SendRAConfig = "IPv6SendRA";
      bridgeConfig = "Bridge";
      lldpConfig = "LLDP";
      canConfig = "CAN";
      ipoIBConfig = "IPoIB";
      qdiscConfig = "QDisc";
      networkEmulatorConfig = "NetworkEmulator";
      tokenBucketFilterConfig = "TokenBucketFilter";
      pieConfig = "PIE";
      fairQueueingConfig = "FairQueueing";
      fairQueueingControlledDelayConfig = "FairQueueingControlledDelay";
      controlledDelayConfig = "ControlledDelay";
      cakeConfig = "CAKE";
    };
    netdev = {
      netdevConfig = "NetDev";
      bridgeConfig = "Bridge";
      vlanConfig = "VLAN";
      macvlanConfig = "MACVLAN";
      ipvlanConfig = "IPVLAN";
      vxlanConfig = "VXLAN";
      tunnelConfig = "Tunnel";
      fooOverUDPConfig = "FooOverUDP";
      peerConfig = "Peer";
      tunConfig = "Tun";
      tapConfig = "Tap";
      l2tpConfig = "L2TP";
      wireguardConfig = "WireGuard";
      bondConfig = "Bond";
      xfrmConfig = "Xfrm";
      vrfConfig = "VRF";
      wlanConfig = "WLAN";
      batmanAdvancedConfig = "BatmanAdvanced";
      ipoIBConfig = "IPoIB";
    };
    link = {
      matchConfig = "Match";
      linkConfig = "Link";
    };
  };

  # Sections that occur any number of times: option → section, and the attribute that older configurations wrap
  # each of them in.
  repeated = {
    network = {
      addresses = { section = "Address"; wrapper = "addressConfig"; };
      routes = { section = "Route"; wrapper = "routeConfig"; };
      routingPolicyRules = { section = "RoutingPolicyRule"; wrapper = "routingPolicyRuleConfig"; };
      neighbors = { section = "Neighbor"; wrapper = "neighborConfig"; };
      nextHops = { section = "NextHop"; wrapper = "nextHopConfig"; };
      ipv6AddressLabels = { section = "IPv6AddressLabel"; wrapper = "ipv6AddressLabelConfig"; };
      ipv6Prefixes = { section = "IPv6Prefix"; wrapper = "ipv6PrefixConfig"; };
      ipv6RoutePrefixes = { section = "IPv6RoutePrefix"; wrapper = "ipv6RoutePrefixConfig"; };
      ipv6PREF64Prefixes = { section = "IPv6PREF64Prefix"; wrapper = "ipv6PREF64PrefixConfig"; };
      dhcpServerStaticLeases = { section = "DHCPServerStaticLease"; wrapper = "dhcpServerStaticLeaseConfig"; };
      bridgeFDBs = { section = "BridgeFDB"; wrapper = "bridgeFDBConfig"; };
      bridgeMDBs = { section = "BridgeMDB"; wrapper = "bridgeMDBConfig"; };
      bridgeVLANs = { section = "BridgeVLAN"; wrapper = "bridgeVLANConfig"; };
    };
    netdev = {
      wireguardPeers = { section = "WireGuardPeer"; wrapper = "wireguardPeerConfig"; };
      l2tpSessions = { section = "L2TPSession"; wrapper = "l2tpSessionConfig"; };
    };
    link.srIOVs = { section = "SR-IOV"; wrapper = "srIOVConfig"; };
  };

  # Lists of names that all go into [Network]: option → key.
  networkLists = {
    domains = "Domains";
    dns = "DNS";
    ntp = "NTP";
    bridge = "Bridge";
    bond = "Bond";
    vrf = "VRF";
    vlan = "VLAN";
    macvlan = "MACVLAN";
    macvtap = "MACVTAP";
    ipvlan = "IPVLAN";
    vxlan = "VXLAN";
    tunnel = "Tunnel";
    xfrm = "Xfrm";
    address = "Address";
    gateway = "Gateway";
  };

  manual = {
    network = "systemd.network(5)";
    netdev = "systemd.netdev(5)";
    link = "systemd.link(5)";
  };

  commonOptions = kind: {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether this file is installed.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text that is added to the end of the file as it is.";
    };
  }
  // lib.mapAttrs (
    _: section:
    mkOption {
      type = sectionType;
      default = { };
      description = "The section `[${section}]` of ${manual.${kind}}.";
    }
  ) single.${kind}
  // lib.mapAttrs (
    _: entry:
    mkOption {
      type = types.listOf (
        types.coercedTo (types.addCheck types.attrs (value: builtins.attrNames value == [ entry.wrapper ])) (
          value: value.${entry.wrapper}
        ) sectionType
      );
      default = [ ];
      description = "Sections `[${entry.section}]` of ${manual.${kind}}, one for each element.";
    }
  ) repeated.${kind};

  networkOptions = {
    name = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "eth0";
      description = "Interface that the file is about: `Name=` of the section `[Match]`.";
    };
    DHCP = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "ipv4";
      description = "Whether addresses are asked for by DHCP: `yes`, `no`, `ipv4` or `ipv6`.";
    };
  }
  // lib.mapAttrs (
    _: key:
    mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      description = "Values of `${key}=` in the section `[Network]`.";
    }
  ) networkLists;

  fileOption =
    kind: extra:
    mkOption {
      type = types.attrsOf (
        types.submodule {
          options = commonOptions kind // extra;
        }
      );
      default = { };
      description = "Files of ${manual.${kind}} by name.";
    };

  writeValue = value: if builtins.isBool value then lib.boolToYesNo value else toString value;
  writeKey =
    key: value:
    if value == null then
      ""
    else if builtins.isList value then
      # An empty assignment would undo what is inherited: leave it to whoever writes it so.
      concatMapStrings (writeKey key) value
    else
      "${key}=${writeValue value}\n";
  writeSection =
    section: settings:
    let
      body = lib.concatStrings (lib.mapAttrsToList writeKey settings);
    in
    optionalString (body != "") "[${section}]\n${body}\n";

  # What the shorthand options of a network add to its sections.
  withShorthands =
    file:
    file
    // {
      matchConfig = lib.optionalAttrs (file.name != null) { Name = file.name; } // file.matchConfig;
      networkConfig =
        lib.optionalAttrs (file.DHCP != null) { inherit (file) DHCP; }
        // lib.concatMapAttrs (
          option: key: lib.optionalAttrs (file.${option} != null) { ${key} = file.${option}; }
        ) networkLists
        // file.networkConfig;
    };

  # [Match] or [NetDev] first, as people expect to read it.
  leading = [
    "matchConfig"
    "netdevConfig"
  ];

  render =
    kind: given:
    let
      file = if kind == "network" then withShorthands given else given;
      options = builtins.filter (option: single.${kind} ? ${option}) leading
        ++ lib.subtractLists leading (builtins.attrNames single.${kind});
    in
    concatMapStrings (option: writeSection single.${kind}.${option} file.${option}) options
    + lib.concatStrings (
      lib.mapAttrsToList (
        option: entry:
        concatMapStrings (settings: "[${entry.section}]\n${lib.concatStrings (lib.mapAttrsToList writeKey settings)}\n") file.${option}
      ) repeated.${kind}
    )
    + file.extraConfig;

  filesOf =
    kind: files:
    lib.mapAttrs' (
      name: file: lib.nameValuePair "systemd/network/${name}.${kind}" { text = render kind file; }
    ) (lib.filterAttrs (_: file: file.enable) files);

  networkdFiles = filesOf "network" cfg.networks // filesOf "netdev" cfg.netdevs;

  waitOnlineArguments =
    lib.optional cfg.wait-online.anyInterface "--any"
    ++ map (interface: "--ignore=${interface}") cfg.wait-online.ignoredInterfaces
    ++ lib.optional (cfg.wait-online.timeout != 0) "--timeout=${toString cfg.wait-online.timeout}"
    ++ cfg.wait-online.extraArgs;
in
{
  options.systemd.network = {
    enable = mkEnableOption "systemd-networkd";

    links = fileOption "link" { };
    netdevs = fileOption "netdev" { };
    networks = fileOption "network" networkOptions;

    config = {
      networkConfig = mkOption {
        type = sectionType;
        default = { };
        example.SpeedMeter = true;
        description = "The section `[Network]` of networkd.conf(5).";
      };
      dhcpV4Config = mkOption {
        type = sectionType;
        default = { };
        description = "The section `[DHCPv4]` of networkd.conf(5).";
      };
      dhcpV6Config = mkOption {
        type = sectionType;
        default = { };
        description = "The section `[DHCPv6]` of networkd.conf(5).";
      };
      routeTables = mkOption {
        type = types.attrsOf types.int;
        default = { };
        example.uplink = 27;
        description = "Names of routing tables, usable in `Table=`.";
      };
      addRouteTablesToIPRoute2 = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the program `ip` knows these names too.";
      };
    };

    wait-online = {
      enable = mkOption {
        type = types.bool;
        default = true;
        description = "Whether `network-online.target` waits for networkd's interfaces.";
      };
      anyInterface = mkOption {
        type = types.bool;
        default = config.networking.useDHCP;
        defaultText = lib.literalExpression "config.networking.useDHCP";
        description = "Whether one interface is enough.";
      };
      ignoredInterfaces = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "wg0" ];
        description = "Interfaces that nothing waits for.";
      };
      timeout = mkOption {
        type = types.int;
        default = 120;
        description = "Seconds to wait; 0 waits for ever.";
      };
      extraArgs = mkOption {
        type = types.listOf types.str;
        default = [ ];
        description = "More arguments of systemd-networkd-wait-online.";
      };
    };
  };

  config = mkMerge [
    # udev reads these, networkd or not.
    { environment.etc = filesOf "link" cfg.links; }

    (mkIf cfg.enable {
      users.users.systemd-network = {
        isSystemUser = true;
        uid = config.ids.uids.systemd-network;
        group = "systemd-network";
      };
      users.groups.systemd-network.gid = config.ids.gids.systemd-network;

      environment.etc = networkdFiles // {
        "systemd/networkd.conf".text =
          writeSection "Network" (
            cfg.config.networkConfig
            // lib.optionalAttrs (cfg.config.routeTables != { }) {
              RouteTable = lib.concatStringsSep " " (
                lib.mapAttrsToList (name: number: "${name}:${toString number}") cfg.config.routeTables
              );
            }
          )
          + writeSection "DHCPv4" cfg.config.dhcpV4Config
          + writeSection "DHCPv6" cfg.config.dhcpV6Config;
      }
      // lib.optionalAttrs (cfg.config.routeTables != { } && cfg.config.addRouteTablesToIPRoute2) {
        "iproute2/rt_tables.d/networkd.conf".text = lib.concatStrings (
          lib.mapAttrsToList (name: number: "${toString number} ${name}\n") cfg.config.routeTables
        );
      };

      systemd.additionalUpstreamSystemUnits = [
        "systemd-networkd.service"
        "systemd-networkd.socket"
        "systemd-networkd-persistent-storage.service"
        "systemd-networkd-wait-online.service"
        "systemd-networkd-wait-online@.service"
        "systemd-network-generator.service"
      ];

      systemd.services.systemd-networkd = {
        wantedBy = [ "multi-user.target" ];
        aliases = [ "dbus-org.freedesktop.network1.service" ];
        restartTriggers = map (name: config.environment.etc.${name}.source) (builtins.attrNames networkdFiles);
        # A restart would take routes away under running services.
        stopIfChanged = false;
      };
      systemd.sockets.systemd-networkd.wantedBy = [ "sockets.target" ];

      systemd.services.systemd-networkd-wait-online = {
        inherit (cfg.wait-online) enable;
        wantedBy = [ "network-online.target" ];
        serviceConfig.ExecStart = [
          ""
          "/usr/lib/systemd/systemd-networkd-wait-online ${utils.escapeSystemdExecArgs waitOnlineArguments}"
        ];
      };
    })
  ];
}
