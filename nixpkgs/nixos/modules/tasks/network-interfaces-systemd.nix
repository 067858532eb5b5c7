# `networking.*` applied by systemd-networkd, with `networking.useNetworkd`.
{ config, lib, ... }:
let
  inherit (lib) mkIf mkMerge;

  cfg = config.networking;

  route = entry: withoutNulls {
    Destination = "${entry.address}/${toString entry.prefixLength}";
    Gateway = entry.via;
    Type = entry.type;
    MTUBytes = entry.options.mtu or null;
    Metric = entry.options.metric or null;
    PreferredSource = entry.options.src or null;
    Table = entry.options.table or null;
  };
  knownRouteOptions = [
    "mtu"
    "metric"
    "src"
    "table"
  ];
  unknownRouteOptions = lib.unique (
    lib.concatMap (
      interface:
      lib.concatMap (entry: lib.subtractLists knownRouteOptions (builtins.attrNames entry.options)) (
        interface.ipv4.routes ++ interface.ipv6.routes
      )
    ) (builtins.attrValues cfg.interfaces)
  );

  withoutNulls = lib.filterAttrs (_: value: value != null);

  gatewayRoute = gateway: withoutNulls {
    Gateway = gateway.address;
    GatewayOnLink = true;
    Metric = gateway.metric;
    PreferredSource = gateway.source;
  };
  gatewaysOf =
    interface:
    map gatewayRoute (
      builtins.filter (gateway: gateway != null && gateway.interface == interface) [
        cfg.defaultGateway
        cfg.defaultGateway6
      ]
    );

  privacy = {
    default = "yes";
    enabled = "prefer-public";
    disabled = "no";
  };

  usesDhcp = interface: if interface.useDHCP != null then interface.useDHCP else cfg.useDHCP && interface.ipv4.addresses == [ ];

  network =
    interface:
    lib.nameValuePair "40-${interface.name}" {
      name = interface.name;
      DHCP = lib.mkDefault (if usesDhcp interface then "yes" else "no");
      address = map (entry: "${entry.address}/${toString entry.prefixLength}") (
        interface.ipv4.addresses ++ lib.optionals cfg.enableIPv6 interface.ipv6.addresses
      );
      routes = map route (interface.ipv4.routes ++ interface.ipv6.routes) ++ gatewaysOf interface.name;
      networkConfig.IPv6PrivacyExtensions = privacy.${interface.tempAddress};
      linkConfig =
        lib.optionalAttrs (interface.macAddress != null) { MACAddress = interface.macAddress; }
        // lib.optionalAttrs (interface.mtu != null) { MTUBytes = toString interface.mtu; };
    };

  netdev =
    kind: name: settings:
    lib.nameValuePair "40-${name}" (
      settings
      // {
        netdevConfig = {
          Name = name;
          Kind = kind;
        };
      }
    );
  netdevs = kind: settingsOf: lib.mapAttrs' (name: device: netdev kind name (settingsOf device));

  tunDevice =
    interface:
    netdev interface.virtualType interface.name {
      "${interface.virtualType}Config" = lib.optionalAttrs (interface.virtualOwner != "root") {
        User = interface.virtualOwner;
      };
    };

  member =
    key: name: interface:
    lib.nameValuePair "40-${interface}" {
      name = lib.mkDefault interface;
      ${key} = [ name ];
    };
  members =
    key: set: interfacesOf:
    mkMerge (
      lib.mapAttrsToList (
        name: device: lib.listToAttrs (map (member key name) (interfacesOf device))
      ) set
    );

  # Bonding options by the names of the kernel's driver.
  bondKeys = {
    mode = "Mode";
    miimon = "MIIMonitorSec";
    xmit_hash_policy = "TransmitHashPolicy";
    lacp_rate = "LACPTransmitRate";
    primary_reselect = "PrimaryReselectPolicy";
    updelay = "UpDelaySec";
    downdelay = "DownDelaySec";
    arp_interval = "ARPIntervalSec";
    min_links = "MinLinks";
  };
  inMilliseconds = [
    "miimon"
    "updelay"
    "downdelay"
    "arp_interval"
  ];
  bondConfig =
    driverOptions:
    lib.mapAttrs' (
      name: value:
      lib.nameValuePair bondKeys.${name} (if builtins.elem name inMilliseconds then "${value}ms" else value)
    ) driverOptions;
  unknownBondOptions = lib.unique (
    lib.concatMap (bond: lib.subtractLists (builtins.attrNames bondKeys) (builtins.attrNames bond.driverOptions)) (
      builtins.attrValues cfg.bonds
    )
  );
in
{
  config = mkIf cfg.useNetworkd {
    assertions = [
      {
        assertion = builtins.all (gateway: gateway == null || gateway.interface != null) [
          cfg.defaultGateway
          cfg.defaultGateway6
        ];
        message = "With networking.useNetworkd, networking.defaultGateway and defaultGateway6 need an interface.";
      }
      {
        assertion = unknownRouteOptions == [ ];
        message = "With networking.useNetworkd, the route options ${toString unknownRouteOptions} are not known: use systemd.network.networks.";
      }
      {
        assertion = unknownBondOptions == [ ];
        message = "With networking.useNetworkd, the bonding options ${toString unknownBondOptions} are not known: use systemd.network.netdevs.";
      }
    ];

    systemd.network.enable = true;
    networking.dhcpcd.enable = false;
    # Without it nobody writes down the name servers that DHCP offers.
    services.resolved.enable = lib.mkDefault true;

    systemd.network.netdevs = mkMerge [
      (lib.listToAttrs (
        map tunDevice (builtins.filter (interface: interface.virtual) (builtins.attrValues cfg.interfaces))
      ))
      (netdevs "bridge" (bridge: { bridgeConfig.STP = bridge.rstp; }) cfg.bridges)
      (netdevs "bond" (bond: { bondConfig = bondConfig bond.driverOptions; }) cfg.bonds)
      (netdevs "vlan" (vlan: { vlanConfig.Id = vlan.id; }) cfg.vlans)
      (netdevs "macvlan" (macvlan: {
        macvlanConfig = lib.optionalAttrs (macvlan.mode != null) { Mode = macvlan.mode; };
      }) cfg.macvlans)
    ];

    systemd.network.networks = mkMerge [
      (mkIf cfg.useDHCP {
        # What has no file of its own: wired cards, but none of the virtual ones.
        "99-ethernet-default-dhcp" = {
          matchConfig = {
            Type = "ether";
            Kind = "!*";
          };
          DHCP = "yes";
          networkConfig.IPv6PrivacyExtensions = "kernel";
        };
        "99-wireless-client-dhcp" = {
          matchConfig.WLANInterfaceType = "station";
          DHCP = "yes";
          networkConfig.IPv6PrivacyExtensions = "kernel";
          # A wired connection is preferred.
          dhcpV4Config.RouteMetric = 1025;
          ipv6AcceptRAConfig.RouteMetric = 1025;
        };
      })
      (lib.listToAttrs (map network (builtins.attrValues cfg.interfaces)))
      (members "bridge" cfg.bridges (bridge: bridge.interfaces))
      (members "bond" cfg.bonds (bond: bond.interfaces))
      (members "vlan" cfg.vlans (vlan: [ vlan.interface ]))
      (members "macvlan" cfg.macvlans (macvlan: [ macvlan.interface ]))
    ];
  };
}
