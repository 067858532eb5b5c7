# WireGuard tunnels as the script wg-quick sets them up.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    concatStringsSep
    mkIf
    mkOption
    optionalString
    types
    ;

  cfg = config.networking.wg-quick;

  nullable =
    type: description:
    mkOption {
      type = types.nullOr type;
      default = null;
      inherit description;
    };
  scriptOption =
    description:
    mkOption {
      type = types.coercedTo (types.listOf types.str) (concatStringsSep "\n") types.lines;
      default = "";
      inherit description;
    };
  strings =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };

  interfaceType = types.submodule {
    options = {
      configFile = nullable types.str "File of wg-quick(8), instead of the other options.";
      type = mkOption {
        type = types.enum [ "wireguard" ];
        default = "wireguard";
        description = "Kind of the interface.";
      };
      autostart = mkOption {
        type = types.bool;
        default = true;
        description = "Whether the tunnel is set up at boot.";
      };
      address = strings "Addresses of the interface.";
      dns = strings "Name servers to use while the tunnel is up.";
      privateKey = nullable types.str "Private key, which becomes readable for everyone on the machine.";
      privateKeyFile = nullable types.str "File with the private key.";
      generatePrivateKeyFile = mkOption {
        type = types.bool;
        default = false;
        description = "Whether that file is made if it is missing.";
      };
      listenPort = nullable types.port "UDP port to listen on; `null` takes a free one.";
      mtu = nullable types.int "Largest size of a packet in bytes.";
      table = nullable types.str "Table of the routes; `off` makes none.";
      preUp = scriptOption "Shell commands that run before the interface is made.";
      postUp = scriptOption "Shell commands that run after the interface is made.";
      preDown = scriptOption "Shell commands that run before the interface is removed.";
      postDown = scriptOption "Shell commands that run after the interface is removed.";
      peers = mkOption {
        type = types.listOf (
          types.submodule {
            options = {
              publicKey = mkOption {
                type = types.singleLineStr;
                description = "Public key of the peer.";
              };
              presharedKey = nullable types.str "Key that both share, which becomes readable for everyone on the machine.";
              presharedKeyFile = nullable types.str "File with the key that both share.";
              allowedIPs = mkOption {
                type = types.listOf types.str;
                example = [ "10.192.122.3/32" ];
                description = "Networks that the peer may send from, and that are reached through it.";
              };
              endpoint = nullable types.str "Host and port of the peer.";
              persistentKeepalive = nullable types.int "Seconds between packets that keep a NAT's memory of the tunnel.";
            };
          }
        );
        default = [ ];
        description = "The other ends.";
      };
    };
  };

  script =
    name: hook: text:
    optionalString (text != "") "${hook} = ${pkgs.writeShellScript "wg-quick-${name}-${hook}" text}\n";

  # Keys from files are set once the interface is there, so they never enter the store.
  keyCommands =
    name: interface:
    optionalString (interface.privateKeyFile != null) "wg set ${name} private-key ${interface.privateKeyFile}\n"
    + concatMapStrings (
      peer:
      optionalString (peer.presharedKeyFile != null)
        "wg set ${name} peer ${lib.escapeShellArg peer.publicKey} preshared-key ${peer.presharedKeyFile}\n"
    ) interface.peers;
  generate =
    interface:
    optionalString interface.generatePrivateKeyFile ''
      if [ ! -e ${interface.privateKeyFile} ]; then
        mkdir -p "$(dirname ${interface.privateKeyFile})"
        (umask 077; wg genkey > ${interface.privateKeyFile})
      fi
    '';

  peerText =
    peer:
    "\n[Peer]\nPublicKey = ${peer.publicKey}\n"
    + optionalString (peer.presharedKey != null) "PresharedKey = ${peer.presharedKey}\n"
    + "AllowedIPs = ${concatStringsSep "," peer.allowedIPs}\n"
    + optionalString (peer.endpoint != null) "Endpoint = ${peer.endpoint}\n"
    + optionalString (peer.persistentKeepalive != null) "PersistentKeepalive = ${toString peer.persistentKeepalive}\n";

  configFile =
    name: interface:
    if interface.configFile != null then
      interface.configFile
    else
      "${pkgs.writeTextDir "${name}.conf" (
        "[Interface]\n"
        + optionalString (interface.privateKey != null) "PrivateKey = ${interface.privateKey}\n"
        + concatMapStrings (address: "Address = ${address}\n") interface.address
        + concatMapStrings (server: "DNS = ${server}\n") interface.dns
        + optionalString (interface.listenPort != null) "ListenPort = ${toString interface.listenPort}\n"
        + optionalString (interface.mtu != null) "MTU = ${toString interface.mtu}\n"
        + optionalString (interface.table != null) "Table = ${interface.table}\n"
        + script name "PreUp" (generate interface + interface.preUp)
        + script name "PostUp" (keyCommands name interface + interface.postUp)
        + script name "PreDown" interface.preDown
        + script name "PostDown" interface.postDown
        + concatMapStrings peerText interface.peers
      )}/${name}.conf";

  service =
    name: interface:
    lib.nameValuePair "wg-quick-${name}" {
      description = "wg-quick WireGuard Tunnel - ${name}";
      requires = [ "network-online.target" ];
      after = [
        "network.target"
        "network-online.target"
      ];
      wantedBy = lib.optional interface.autostart "multi-user.target";
      environment.DEVICE = name;
      path = [
        pkgs.wireguard-tools
        pkgs.iproute2
        pkgs.procps
        config.networking.firewall.package
      ]
      ++ lib.optional config.networking.resolvconf.enable config.networking.resolvconf.package;
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        # The file's name is the interface's.
        RuntimeDirectory = "wg-quick-${name}";
        RuntimeDirectoryMode = "0700";
      };
      script = ''
        install -m 0600 ${configFile name interface} /run/wg-quick-${name}/${name}.conf
        wg-quick up /run/wg-quick-${name}/${name}.conf
      '';
      preStop = "wg-quick down /run/wg-quick-${name}/${name}.conf";
    };
in
{
  options.networking.wg-quick.interfaces = mkOption {
    type = types.attrsOf interfaceType;
    default = { };
    description = "Tunnels by the name of their interface.";
  };

  config = mkIf (cfg.interfaces != { }) {
    assertions = lib.mapAttrsToList (name: interface: {
      assertion =
        interface.configFile != null || (interface.privateKey != null) != (interface.privateKeyFile != null);
      message = "networking.wg-quick.interfaces.${name}: set configFile, privateKey or privateKeyFile.";
    }) cfg.interfaces;

    boot.kernelModules = [ "wireguard" ];
    environment.systemPackages = [ pkgs.wireguard-tools ];
    networking.dhcpcd.denyInterfaces = builtins.attrNames cfg.interfaces;
    # Answers of a tunnel that takes all traffic come in through it.
    networking.firewall.checkReversePath = lib.mkDefault "loose";
    systemd.services = lib.mapAttrs' service cfg.interfaces;
  };
}
