# Static addresses without networkd. What each interface gets is a batch of `ip` commands in the store, so that
# applying it costs one process and no shell.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    mapAttrs'
    mkIf
    nameValuePair
    optional
    optionalString
    ;

  cfg = config.networking;
  ip = "${pkgs.iproute2}/bin/ip";

  deviceUnit = name: "sys-subsystem-net-devices-${utils.escapeSystemdPath name}.device";

  virtualNames =
    builtins.attrNames cfg.bridges
    ++ builtins.attrNames cfg.bonds
    ++ builtins.attrNames cfg.vlans
    ++ builtins.attrNames cfg.macvlans
    ++ map (interface: interface.name) (
      builtins.filter (interface: interface.virtual) (builtins.attrValues cfg.interfaces)
    );
  makerOf = name: if builtins.elem name virtualNames then "${name}-netdev.service" else deviceUnit name;

  # The family is known by the addresses: a line of a batch takes no `-4` or `-6`.
  route =
    interface: route:
    "route replace ${optionalString (route.type != null) "${route.type} "}"
    + "${route.address}/${toString route.prefixLength} dev ${interface.name}"
    + optionalString (route.via != null) " via ${route.via}"
    + lib.concatStrings (lib.mapAttrsToList (name: value: " ${name} ${value}") route.options)
    + " proto static\n";

  addressBatch =
    interface:
    optionalString (interface.macAddress != null) "link set dev ${interface.name} address ${interface.macAddress}\n"
    + optionalString (interface.mtu != null) "link set dev ${interface.name} mtu ${toString interface.mtu}\n"
    + "link set dev ${interface.name} up\n"
    + concatMapStrings (
      address: "address replace ${address.address}/${toString address.prefixLength} dev ${interface.name}\n"
    ) (interface.ipv4.addresses ++ lib.optionals cfg.enableIPv6 interface.ipv6.addresses)
    + concatMapStrings (route interface) interface.ipv4.routes
    + optionalString cfg.enableIPv6 (concatMapStrings (route interface) interface.ipv6.routes);

  removalBatch =
    interface:
    concatMapStrings (
      address: "address del ${address.address}/${toString address.prefixLength} dev ${interface.name}\n"
    ) (interface.ipv4.addresses ++ lib.optionals cfg.enableIPv6 interface.ipv6.addresses);

  batch = name: text: "${ip} -force -batch ${pkgs.writeText name text}";

  addressService =
    interface:
    nameValuePair "network-addresses-${interface.name}" {
      description = "Addresses of ${interface.name}";
      wantedBy = [ "network.target" ];
      bindsTo = [ (makerOf interface.name) ];
      after = [
        "network-pre.target"
        (makerOf interface.name)
      ];
      before = [
        "network-setup.service"
        "network.target"
      ];
      # Restarting takes the addresses away for a moment; not doing it would keep the old ones.
      stopIfChanged = false;
      unitConfig.ConditionCapability = "CAP_NET_ADMIN";
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStart = batch "addresses-${interface.name}" (addressBatch interface);
        ExecStop = "-${batch "no-addresses-${interface.name}" (removalBatch interface)}";
      };
    };

  # A unit that makes a virtual device, after the interfaces that it is made of.
  netdev =
    {
      name,
      kind,
      parts ? [ ],
      create,
    }:
    nameValuePair "${name}-netdev" {
      description = "${kind} ${name}";
      wantedBy = [
        "network.target"
        (deviceUnit name)
      ];
      bindsTo = map makerOf parts;
      after = [ "network-pre.target" ] ++ map makerOf parts;
      before = [
        "network-setup.service"
        "network.target"
      ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        ExecStartPre = "-${ip} link delete dev ${name}";
        ExecStart = batch "${name}-netdev" create;
        ExecStop = "-${ip} link delete dev ${name}";
      };
    };

  enslave =
    master: interface:
    "link set dev ${interface} down\nlink set dev ${interface} master ${master}\nlink set dev ${interface} up\n";

  netdevs =
    lib.mapAttrs' (
      name: bridge:
      netdev {
        inherit name;
        kind = "Bridge";
        parts = bridge.interfaces;
        create =
          "link add name ${name} type bridge stp_state ${if bridge.rstp then "1" else "0"}\n"
          + concatMapStrings (interface: "link set dev ${interface} master ${name}\nlink set dev ${interface} up\n") bridge.interfaces
          + "link set dev ${name} up\n";
      }
    ) cfg.bridges
    // mapAttrs' (
      name: bond:
      netdev {
        inherit name;
        kind = "Bond";
        parts = bond.interfaces;
        create =
          "link add name ${name} type bond"
          + lib.concatStrings (lib.mapAttrsToList (option: value: " ${option} ${value}") bond.driverOptions)
          + "\n"
          + concatMapStrings (enslave name) bond.interfaces
          + "link set dev ${name} up\n";
      }
    ) cfg.bonds
    // mapAttrs' (
      name: vlan:
      netdev {
        inherit name;
        kind = "VLAN";
        parts = [ vlan.interface ];
        create = ''
          link set dev ${vlan.interface} up
          link add link ${vlan.interface} name ${name} type vlan id ${toString vlan.id}
          link set dev ${name} up
        '';
      }
    ) cfg.vlans
    // mapAttrs' (
      name: macvlan:
      netdev {
        inherit name;
        kind = "MACVLAN";
        parts = [ macvlan.interface ];
        create = ''
          link set dev ${macvlan.interface} up
          link add link ${macvlan.interface} name ${name} type macvlan${
            optionalString (macvlan.mode != null) " mode ${macvlan.mode}"
          }
          link set dev ${name} up
        '';
      }
    ) cfg.macvlans
    // lib.listToAttrs (
      map (
        interface:
        netdev {
          inherit (interface) name;
          kind = "Virtual interface";
          create = "tuntap add dev ${interface.name} mode ${interface.virtualType} user ${interface.virtualOwner}\n";
        }
      ) (builtins.filter (interface: interface.virtual) (builtins.attrValues cfg.interfaces))
    );

  hasSettings =
    interface:
    interface.ipv4.addresses != [ ]
    || interface.ipv6.addresses != [ ]
    || interface.ipv4.routes != [ ]
    || interface.ipv6.routes != [ ]
    || interface.macAddress != null
    || interface.mtu != null;
  configured = builtins.filter hasSettings (builtins.attrValues cfg.interfaces);

  gatewayRoute =
    gateway:
    optionalString (gateway != null) (
      optionalString (gateway.interface != null)
        # A gateway need not be inside one of the interface's own networks.
        "route replace ${gateway.address} dev ${gateway.interface} proto static\n"
      + "route replace default via ${gateway.address}"
      + optionalString (gateway.interface != null) " dev ${gateway.interface}"
      + optionalString (gateway.metric != null) " metric ${toString gateway.metric}"
      + optionalString (gateway.source != null) " src ${gateway.source}"
      + " proto static\n"
    );
  gateways = gatewayRoute cfg.defaultGateway + gatewayRoute cfg.defaultGateway6;
  gatewayInterfaces = lib.unique (
    map (gateway: gateway.interface) (
      builtins.filter (gateway: gateway != null && gateway.interface != null) [
        cfg.defaultGateway
        cfg.defaultGateway6
      ]
    )
  );
in
{
  config = mkIf (!cfg.useNetworkd) {
    systemd.services = lib.mkMerge [
      (lib.listToAttrs (map addressService configured))
      netdevs
      (mkIf (gateways != "") {
        network-setup = {
          description = "Default routes";
          wantedBy = [ "network.target" ];
          before = [ "network.target" ];
          after = [ "network-pre.target" ] ++ map makerOf gatewayInterfaces;
          unitConfig.ConditionCapability = "CAP_NET_ADMIN";
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            ExecStart = batch "default-routes" gateways;
          };
        };
      })
    ];

    # Something must pull the target in: only what needs the network does so by itself.
    systemd.targets.network.wantedBy = optional (
      configured != [ ] || netdevs != { } || gateways != ""
    ) "multi-user.target";
  };
}
