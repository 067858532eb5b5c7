# WireGuard: tunnels made with `ip` and `wg`.
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
    mkIf
    mkOption
    optional
    optionalString
    types
    ;

  cfg = config.networking.wireguard;

  keyOption = description: mkOption {
    type = types.nullOr types.str;
    default = null;
    inherit description;
  };
  scriptOption =
    description:
    mkOption {
      type = types.coercedTo (types.listOf types.str) (lib.concatStringsSep "\n") types.lines;
      default = "";
      inherit description;
    };

  peerType = types.submodule (
    { config, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = builtins.replaceStrings [ "/" "+" "=" " " ] [ "-" "_" "" "" ] config.publicKey;
          defaultText = lib.literalMD "made from the public key";
          description = "Name of the peer in the names of units.";
        };
        publicKey = mkOption {
          type = types.singleLineStr;
          example = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
          description = "Public key of the peer.";
        };
        presharedKey = keyOption "Key that both share, which becomes readable for everyone on the machine.";
        presharedKeyFile = keyOption "File with the key that both share.";
        allowedIPs = mkOption {
          type = types.listOf types.str;
          example = [ "10.192.122.3/32" ];
          description = "Networks that the peer may send from, and that are reached through it.";
        };
        endpoint = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "demo.wireguard.io:12913";
          description = "Host and port of the peer; `null` waits until it speaks first.";
        };
        persistentKeepalive = mkOption {
          type = types.nullOr types.int;
          default = null;
          example = 25;
          description = "Seconds between packets that keep a NAT's memory of the tunnel.";
        };
        dynamicEndpointRefreshSeconds = mkOption {
          type = types.int;
          default = 0;
          description = "Seconds after which the endpoint's name is looked up again; 0 never does.";
        };
      };
    }
  );

  interfaceType = types.submodule {
    options = {
      ips = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "192.168.2.1/24" ];
        description = "Addresses of the interface.";
      };
      privateKey = keyOption "Private key, which becomes readable for everyone on the machine.";
      privateKeyFile = keyOption "File with the private key.";
      generatePrivateKeyFile = mkOption {
        type = types.bool;
        default = false;
        description = "Whether that file is made if it is missing.";
      };
      listenPort = mkOption {
        type = types.nullOr types.port;
        default = null;
        example = 51820;
        description = "UDP port to listen on; `null` takes a free one.";
      };
      mtu = mkOption {
        type = types.nullOr types.int;
        default = null;
        example = 1248;
        description = "Largest size of a packet in bytes.";
      };
      metric = mkOption {
        type = types.nullOr types.int;
        default = null;
        description = "Metric of routes through the interface.";
      };
      fwMark = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "0x6e6978";
        description = "Mark of the packets that the tunnel sends.";
      };
      table = mkOption {
        type = types.str;
        default = "main";
        description = "Table of the routes.";
      };
      allowedIPsAsRoutes = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the peers' networks become routes.";
      };
      socketNamespace = keyOption "Network namespace that the tunnel's own packets leave from, and that the interface is in unless `interfaceNamespace` says otherwise.";
      interfaceNamespace = keyOption "Network namespace that the interface is in; `init` is that of the machine.";
      preSetup = scriptOption "Shell commands that run before the interface is made.";
      postSetup = scriptOption "Shell commands that run after the interface is made.";
      preShutdown = scriptOption "Shell commands that run before the interface is removed.";
      postShutdown = scriptOption "Shell commands that run after the interface is removed.";
      peers = mkOption {
        type = types.listOf peerType;
        default = [ ];
        description = "The other ends.";
      };
    };
  };

  privateKeyOf =
    name: interface:
    if interface.privateKeyFile != null then interface.privateKeyFile else pkgs.writeText "wg-key-${name}" interface.privateKey;

  wgPeer =
    wg: name: peer:
    let
      shared =
        if peer.presharedKeyFile != null then
          peer.presharedKeyFile
        else if peer.presharedKey != null then
          pkgs.writeText "wg-psk" peer.presharedKey
        else
          null;
    in
    "${wg} set ${name} peer ${lib.escapeShellArg peer.publicKey}"
    + optionalString (shared != null) " preshared-key ${shared}"
    + optionalString (peer.endpoint != null) " endpoint ${lib.escapeShellArg peer.endpoint}"
    + optionalString (peer.persistentKeepalive != null) " persistent-keepalive ${toString peer.persistentKeepalive}"
    + optionalString (peer.allowedIPs != [ ]) " allowed-ips ${lib.concatStringsSep "," peer.allowedIPs}"
    + "\n";

  service =
    name: interface:
    let
      # `init` is the namespace of the machine itself.
      within = namespace: optionalString (namespace != null && namespace != "init") "ip netns exec ${namespace} ";
      moves = interface.interfaceNamespace != null && interface.interfaceNamespace != interface.socketNamespace;
      outside = within interface.socketNamespace;
      inside = if moves then within interface.interfaceNamespace else outside;
      ip = "${inside}ip";
      wg = "${inside}wg";
      family = address: if lib.hasInfix ":" address then "-6" else "-4";
    in
    lib.nameValuePair "wireguard-${name}" {
      description = "WireGuard Tunnel - ${name}";
      after = [ "network-pre.target" ];
      wants = [ "network.target" ];
      before = [ "network.target" ];
      wantedBy = [ "multi-user.target" ];
      path = [
        pkgs.iproute2
        pkgs.kmod
        pkgs.wireguard-tools
      ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        Restart = "on-failure";
        RestartSec = "5s";
      };
      script = ''
        ${interface.preSetup}
        ${optionalString interface.generatePrivateKeyFile ''
          if [ ! -e ${interface.privateKeyFile} ]; then
            mkdir -p "$(dirname ${interface.privateKeyFile})"
            (umask 077; wg genkey > ${interface.privateKeyFile})
          fi
        ''}
        ${outside}ip link add dev ${name} type wireguard
        ${optionalString moves "${outside}ip link set ${name} netns ${
          if interface.interfaceNamespace == "init" then "1" else interface.interfaceNamespace
        }"}
        ${optionalString (interface.mtu != null) "${ip} link set ${name} mtu ${toString interface.mtu}"}
        ${concatMapStrings (address: "${ip} address add ${address} dev ${name}\n") interface.ips}
        ${wg} set ${name} private-key ${privateKeyOf name interface}${
          optionalString (interface.listenPort != null) " listen-port ${toString interface.listenPort}"
        }${optionalString (interface.fwMark != null) " fwmark ${interface.fwMark}"}
        ${concatMapStrings (wgPeer wg name) interface.peers}
        ${ip} link set up dev ${name}
        ${optionalString interface.allowedIPsAsRoutes (
          concatMapStrings (
            network:
            "${ip} ${family network} route replace ${network} dev ${name} table ${interface.table}${
              optionalString (interface.metric != null) " metric ${toString interface.metric}"
            }\n"
          ) (lib.concatMap (peer: peer.allowedIPs) interface.peers)
        )}
        ${interface.postSetup}
      '';
      postStop = ''
        ${interface.preShutdown}
        ${ip} link del dev ${name} || true
        ${interface.postShutdown}
      '';
    };

  refresh =
    name: interface: peer:
    lib.nameValuePair "wireguard-${name}-peer-${utils.escapeSystemdPath peer.name}-refresh" {
      description = "Look up the endpoint of a WireGuard peer of ${name} again";
      requires = [ "wireguard-${name}.service" ];
      after = [ "wireguard-${name}.service" ];
      wantedBy = [ "multi-user.target" ];
      path = [ pkgs.wireguard-tools ];
      serviceConfig.Restart = "always";
      script = ''
        while sleep ${toString peer.dynamicEndpointRefreshSeconds}; do
          wg set ${name} peer ${lib.escapeShellArg peer.publicKey} endpoint ${lib.escapeShellArg peer.endpoint} || true
        done
      '';
    };
in
{
  options.networking.wireguard = {
    enable = mkOption {
      type = types.bool;
      default = cfg.interfaces != { };
      defaultText = lib.literalMD "whether there are interfaces";
      description = "Whether WireGuard's interfaces are made.";
    };
    interfaces = mkOption {
      type = types.attrsOf interfaceType;
      default = { };
      example.wg0 = {
        ips = [ "192.168.20.4/24" ];
        privateKeyFile = "/var/lib/wireguard/key";
        peers = [
          {
            allowedIPs = [ "192.168.20.1/32" ];
            publicKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=";
            endpoint = "demo.wireguard.io:12913";
          }
        ];
      };
      description = "WireGuard interfaces by name.";
    };
  };

  config = mkIf cfg.enable {
    assertions = lib.mapAttrsToList (name: interface: {
      assertion = (interface.privateKey != null) != (interface.privateKeyFile != null);
      message = "networking.wireguard.interfaces.${name}: set either privateKey or privateKeyFile.";
    }) cfg.interfaces;

    environment.systemPackages = [ pkgs.wireguard-tools ];
    boot.kernelModules = optional (cfg.interfaces != { }) "wireguard";
    networking.dhcpcd.denyInterfaces = builtins.attrNames cfg.interfaces;

    systemd.services =
      lib.mapAttrs' service cfg.interfaces
      // lib.listToAttrs (
        lib.concatLists (
          lib.mapAttrsToList (
            name: interface:
            map (refresh name interface) (
              builtins.filter (
                peer: peer.dynamicEndpointRefreshSeconds > 0 && peer.endpoint != null
              ) interface.peers
            )
          ) cfg.interfaces
        )
      );
  };
}
