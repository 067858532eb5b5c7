# What a machine's network interfaces and their addresses are: the options, whichever program applies them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkIf
    mkMerge
    mkOption
    optional
    types
    ;

  cfg = config.networking;
  interfaces = builtins.attrValues cfg.interfaces;

  addressType =
    version:
    types.submodule {
      options = {
        address = mkOption {
          type = types.str;
          description = "IPv${version} address, without its prefix length.";
        };
        prefixLength = mkOption {
          type = types.addCheck types.int (n: n >= 0 && n <= (if version == "4" then 32 else 128));
          description = "Length of the network's prefix in bits.";
        };
      };
    };

  routeType =
    version:
    types.submodule {
      options = {
        address = mkOption {
          type = types.str;
          description = "IPv${version} network that the route leads to.";
        };
        prefixLength = mkOption {
          type = types.addCheck types.int (n: n >= 0 && n <= (if version == "4" then 32 else 128));
          description = "Length of that network's prefix in bits.";
        };
        type = mkOption {
          type = types.nullOr (
            types.enum [
              "unicast"
              "local"
              "broadcast"
              "multicast"
            ]
          );
          default = null;
          description = "Type of the route; the kernel takes a missing one as `unicast`.";
        };
        via = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "Address of the next hop.";
        };
        options = mkOption {
          type = types.attrsOf types.str;
          default = { };
          example = {
            mtu = "1492";
            window = "524288";
          };
          description = "More attributes of the route, as `ip route` knows them.";
        };
      };
    };

  gatewayType = types.nullOr (
    types.coercedTo types.str (address: { inherit address; }) (
      types.submodule {
        options = {
          address = mkOption {
            type = types.str;
            description = "Address of the gateway.";
          };
          interface = mkOption {
            type = types.nullOr types.str;
            default = null;
            example = "enp0s3";
            description = "Interface through which the gateway is reached.";
          };
          metric = mkOption {
            type = types.nullOr types.int;
            default = null;
            example = 42;
            description = "Metric of the default route.";
          };
          source = mkOption {
            type = types.nullOr types.str;
            default = null;
            description = "Source address of what leaves by the default route.";
          };
        };
      }
    )
  );

  tempAddressModes = [
    "default"
    "enabled"
    "disabled"
  ];

  familyOptions = version: {
    addresses = mkOption {
      type = types.listOf (addressType version);
      default = [ ];
      example = [
        (
          if version == "4" then
            {
              address = "10.0.0.1";
              prefixLength = 16;
            }
          else
            {
              address = "fdfd:b3f0:482::1";
              prefixLength = 48;
            }
        )
      ];
      description = "IPv${version} addresses that the interface always has.";
    };
    routes = mkOption {
      type = types.listOf (routeType version);
      default = [ ];
      description = "IPv${version} routes that lead through the interface.";
    };
  };

  interfaceType = types.submodule (
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          example = "eth0";
          description = "Name of the interface.";
        };
        useDHCP = mkOption {
          type = types.nullOr types.bool;
          default = null;
          description = "Whether the interface asks for its addresses by DHCP; `null` follows `networking.useDHCP`.";
        };
        ipv4 = familyOptions "4";
        ipv6 = familyOptions "6";
        tempAddress = mkOption {
          type = types.enum tempAddressModes;
          default = cfg.tempAddresses;
          defaultText = lib.literalExpression "config.networking.tempAddresses";
          description = "Whether IPv6 privacy addresses are made (`enabled`), and preferred (`default`).";
        };
        macAddress = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "00:11:22:33:44:55";
          description = "Hardware address that the interface is given.";
        };
        mtu = mkOption {
          type = types.nullOr types.int;
          default = null;
          example = 9000;
          description = "Largest size of a packet in bytes; `null` keeps the driver's.";
        };
        virtual = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the interface is a tun or tap device that has to be made.";
        };
        virtualType = mkOption {
          type = types.enum [
            "tun"
            "tap"
          ];
          default = if lib.hasPrefix "tun" name then "tun" else "tap";
          defaultText = lib.literalExpression ''if lib.hasPrefix "tun" name then "tun" else "tap"'';
          description = "Which of the two a virtual interface is.";
        };
        virtualOwner = mkOption {
          type = types.str;
          default = "root";
          description = "User who may attach to a virtual interface.";
        };
        proxyARP = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the interface answers ARP for hosts beyond it, forwarding their packets.";
        };
        wakeOnLan.enable = mkEnableOption "waking up by a magic packet on this interface";
      };
    }
  );

  # A set of virtual devices by name, each a submodule of the given options.
  devices =
    description: options:
    mkOption {
      type = types.attrsOf (types.submodule { inherit options; });
      default = { };
      inherit description;
    };
  strOption = description: mkOption {
    type = types.str;
    inherit description;
  };
  interfacesOption = description: mkOption {
    type = types.listOf types.str;
    example = [
      "eth0"
      "eth1"
    ];
    inherit description;
  };
  tempAddressSysctl = { default = "2"; enabled = "1"; disabled = "0"; };
in
{
  options.networking = {
    hostId = mkOption {
      type = types.nullOr (types.strMatching "[0-9a-fA-F]{8}");
      default = null;
      example = "4e98920d";
      description = "The machine's 32-bit identity in hexadecimal, written to `/etc/hostid`; ZFS needs it.";
    };

    domain = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "home.arpa";
      description = "DNS domain that the machine is part of.";
    };

    fqdn = mkOption {
      type = types.str;
      readOnly = true;
      default =
        if cfg.hostName != "" && cfg.domain != null then
          "${cfg.hostName}.${cfg.domain}"
        else
          throw ''
            The machine's full name (networking.fqdn) is not known: set networking.hostName and networking.domain.'';
      defaultText = lib.literalExpression ''"''${networking.hostName}.''${networking.domain}"'';
      description = "The machine's full name: its host name and domain.";
    };

    fqdnOrHostName = mkOption {
      type = types.str;
      readOnly = true;
      default = if cfg.domain == null then cfg.hostName else cfg.fqdn;
      defaultText = lib.literalExpression "if networking.domain == null then networking.hostName else networking.fqdn";
      description = "The machine's full name, or its host name where it has no domain.";
    };

    enableIPv6 = mkOption {
      type = types.bool;
      default = true;
      description = "Whether IPv6 is used.";
    };

    tempAddresses = mkOption {
      type = types.enum tempAddressModes;
      default = if cfg.enableIPv6 then "default" else "disabled";
      defaultText = lib.literalExpression ''if networking.enableIPv6 then "default" else "disabled"'';
      description = "IPv6 privacy addresses of interfaces that do not say otherwise.";
    };

    defaultGateway = mkOption {
      type = gatewayType;
      default = null;
      example = {
        address = "131.211.84.1";
        interface = "enp3s0";
      };
      description = "The way out for IPv4.";
    };

    defaultGateway6 = mkOption {
      type = gatewayType;
      default = null;
      example = {
        address = "2001:4d0:1e04:895::1";
        interface = "enp3s0";
      };
      description = "The way out for IPv6.";
    };

    nameservers = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "130.161.158.4"
        "130.161.33.17"
      ];
      description = "Addresses of name servers.";
    };

    search = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "example.com" ];
      description = "Domains in which short names are looked up.";
    };

    localCommands = mkOption {
      type = types.lines;
      default = "";
      example = "ip tuntap add dev tap0 mode tap";
      description = "Shell commands that run after the static addresses are set.";
    };

    interfaces = mkOption {
      type = types.attrsOf interfaceType;
      default = { };
      example.eth0.ipv4.addresses = [
        {
          address = "131.211.84.78";
          prefixLength = 25;
        }
      ];
      description = "Network interfaces and what they are given.";
    };

    bridges = devices "Ethernet bridges." {
      interfaces = interfacesOption "Interfaces that the bridge connects.";
      rstp = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the bridge takes part in the spanning tree protocol.";
      };
    };

    bonds = devices "Several interfaces used as one." {
      interfaces = interfacesOption "Interfaces that are bonded.";
      driverOptions = mkOption {
        type = types.attrsOf types.str;
        default = { };
        example = {
          miimon = "100";
          mode = "active-backup";
        };
        description = "Options of the kernel's bonding driver.";
      };
    };

    vlans = devices "Interfaces that are one VLAN of another." {
      id = mkOption {
        type = types.ints.between 0 4094;
        description = "Number of the VLAN.";
      };
      interface = strOption "Interface that carries the VLAN.";
    };

    macvlans = devices "Interfaces that share another's wire under a hardware address of their own." {
      interface = strOption "Interface that is shared.";
      mode = mkOption {
        type = types.nullOr (
          types.enum [
            "private"
            "vepa"
            "bridge"
            "passthru"
          ]
        );
        default = null;
        description = "How macvlan interfaces of one wire see each other; the kernel's default is `vepa`.";
      };
    };

    useDHCP = mkOption {
      type = types.bool;
      default = true;
      description = "Whether interfaces that do not say otherwise ask for their addresses by DHCP.";
    };

    useNetworkd = mkOption {
      type = types.bool;
      default = false;
      description = "Whether systemd-networkd applies these options, instead of `ip` and dhcpcd.";
    };

    usePredictableInterfaceNames = mkOption {
      type = types.bool;
      default = true;
      description = "Whether interfaces are named after their place in the machine, and not `eth0` and so on.";
    };
  };

  config = {
    assertions = map (interface: {
      assertion = !interface.virtual || interface.name != "";
      message = "networking.interfaces: a virtual interface needs a name.";
    }) interfaces;

    boot.kernelParams = optional (!cfg.usePredictableInterfaceNames) "net.ifnames=0";
    boot.kernelModules =
      lib.optional (cfg.bonds != { }) "bonding"
      ++ lib.optional (cfg.vlans != { }) "8021q"
      ++ lib.optional (cfg.bridges != { }) "bridge"
      ++ lib.optional (builtins.any (interface: interface.virtual) interfaces) "tun";

    boot.kernel.sysctl = mkMerge (
      [
        {
          "net.ipv4.conf.all.forwarding" = mkIf (builtins.any (interface: interface.proxyARP) interfaces) (
            lib.mkDefault true
          );
          "net.ipv6.conf.all.disable_ipv6" = lib.mkDefault (!cfg.enableIPv6);
          "net.ipv6.conf.default.disable_ipv6" = lib.mkDefault (!cfg.enableIPv6);
        }
        (mkIf cfg.enableIPv6 {
          "net.ipv6.conf.default.use_tempaddr" = lib.mkDefault (tempAddressSysctl.${cfg.tempAddresses});
        })
      ]
      ++ map (interface: {
        "net.ipv4.conf.${interface.name}.proxy_arp" = mkIf interface.proxyARP true;
        # A dot in an interface's name stands for itself when the separator is a slash.
        "net/ipv6/conf/${interface.name}/use_tempaddr" =
          mkIf (cfg.enableIPv6 && interface.tempAddress != cfg.tempAddresses)
            tempAddressSysctl.${interface.tempAddress};
      }) interfaces
    );

    environment.etc.hostid = mkIf (cfg.hostId != null) {
      source = pkgs.runCommandLocal "hostid" { inherit (cfg) hostId; } ''
        # A little-endian number: the last two digits are the first byte.
        [[ $hostId =~ ^(..)(..)(..)(..)$ ]]
        printf "\x''${BASH_REMATCH[4]}\x''${BASH_REMATCH[3]}\x''${BASH_REMATCH[2]}\x''${BASH_REMATCH[1]}" > $out
      '';
    };

    environment.systemPackages = [
      pkgs.iproute2
      pkgs.iputils
      pkgs.nettools
      pkgs.hostname
    ];

    systemd.services.network-local-commands = mkIf (cfg.localCommands != "") {
      description = "Extra networking commands";
      after = [ "network-setup.service" ];
      before = [ "network.target" ];
      wantedBy = [ "network.target" ];
      path = [ pkgs.iproute2 ];
      unitConfig.ConditionCapability = "CAP_NET_ADMIN";
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = cfg.localCommands;
    };

    # Applied by udev when the interface appears.
    systemd.network.links = lib.listToAttrs (
      map (
        interface:
        lib.nameValuePair "40-${interface.name}" {
          matchConfig.OriginalName = interface.name;
          linkConfig = {
            WakeOnLan = mkIf interface.wakeOnLan.enable "magic";
            NamePolicy = mkIf cfg.usePredictableInterfaceNames "keep kernel database onboard slot path";
          };
        }
      ) (builtins.filter (interface: interface.wakeOnLan.enable) interfaces)
    );
  };
}
