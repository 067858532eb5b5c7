# Options of one container.
{
  lib,
  pkgs,
  name,
  container,
  hostPlatform,
  networkOf,
}:
let
  inherit (lib)
    literalExpression
    mkOption
    types
    ;
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  words =
    description: example:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description example;
    };
  address =
    description: example:
    mkOption {
      type = types.nullOr types.str;
      default = null;
      inherit description example;
    };

  evaluation = {
    inherit (container) specialArgs;
    modules = [
      {
        _file = ./options.nix;
        boot.isContainer = true;
        networking.hostName = lib.mkDefault name;
        nixpkgs =
          if container.nixpkgs == null then
            { pkgs = lib.mkDefault pkgs; }
          else
            { hostPlatform = lib.mkDefault hostPlatform; };
      }
      (lib.mkIf container.privateNetwork (networkOf container))
    ];
  };
  # From the module set alone: what the host adds to it, as a machine of a test does, is not for containers.
  evalConfig =
    if container.nixpkgs == null then
      ../../../lib/eval-config.nix
    else
      container.nixpkgs + "/nixos/lib/eval-config.nix";
  base = import evalConfig (evaluation // { system = null; });
in
{
  config = mkOption {
    type = types.nullOr base.type;
    default = null;
    visible = "shallow";
    description = "The container's configuration.";
  };
  path = mkOption {
    type = types.path;
    example = "/nix/var/nix/profiles/my-container";
    description = "The container's system, which {option}`config` makes otherwise.";
  };
  nixpkgs = mkOption {
    type = types.nullOr types.path;
    default = null;
    description = "Package set of the container; null takes the host's.";
  };
  specialArgs = mkOption {
    type = types.attrsOf types.unspecified;
    default = { };
    description = "Arguments of the configuration's modules.";
  };
  autoStart = flag false "Whether the container starts with the machine.";
  restartIfChanged = flag true "Whether it restarts when its configuration has changed.";
  ephemeral = flag false "Whether what it writes is forgotten when it stops.";
  privateNetwork = flag false "Whether it has a network of its own instead of the host's.";
  privateUsers = mkOption {
    type = types.either types.ints.u32 (
      types.enum [
        "no"
        "identity"
        "pick"
      ]
    );
    default = "no";
    description = "Whether its users are others than those of the host: `--private-users` of {manpage}`systemd-nspawn(1)`.";
  };
  hostBridge = address "Bridge of the host that its interface is in." "br0";
  hostAddress = address "The host's address in the pair of interfaces." "10.231.136.1";
  hostAddress6 = address "The same for IPv6." "fc00::1";
  localAddress = address "The container's address; with a bridge it has a length of the prefix." "10.231.136.2";
  localAddress6 = address "The same for IPv6." "fc00::2";
  interfaces = words "Interfaces of the host that the container gets." [ "eth1" ];
  macvlans = words "Interfaces of the host that it gets a virtual one on." [ "eth1" ];
  forwardPorts = mkOption {
    default = [ ];
    example = [
      {
        hostPort = 8080;
        containerPort = 80;
      }
    ];
    description = "Ports of the host that lead to the container.";
    type = types.listOf (
      types.submodule {
        options = {
          protocol = mkOption {
            type = types.enum [
              "tcp"
              "udp"
            ];
            default = "tcp";
            description = "Protocol.";
          };
          hostPort = mkOption {
            type = types.port;
            description = "Port of the host.";
          };
          containerPort = mkOption {
            type = types.nullOr types.port;
            default = null;
            description = "Port of the container; null is the same.";
          };
        };
      }
    );
  };
  bindMounts = mkOption {
    default = { };
    example = literalExpression ''{ "/home" = { hostPath = "/home/alice"; isReadOnly = false; }; }'';
    description = "Folders of the host that the container sees.";
    type = types.attrsOf (
      types.submodule (
        { name, ... }:
        {
          options = {
            mountPoint = mkOption {
              type = types.str;
              default = name;
              description = "Where.";
            };
            hostPath = mkOption {
              type = types.nullOr types.str;
              default = null;
              description = "The host's folder; null is the one of the same name.";
            };
            isReadOnly = flag true "Whether the container cannot write there.";
          };
        }
      )
    );
  };
  tmpfs = words "Folders that are in memory." [ "/var" ];
  enableTun = flag false "Whether the container can make tunnels.";
  additionalCapabilities = words "Capabilities that it has besides." [ "CAP_NET_ADMIN" ];
  allowedDevices = mkOption {
    default = [ ];
    example = [
      {
        node = "/dev/net/tun";
        modifier = "rwm";
      }
    ];
    description = "Devices that it may use.";
    type = types.listOf (
      types.submodule {
        options = {
          node = mkOption {
            type = types.str;
            description = "The device.";
          };
          modifier = mkOption {
            type = types.str;
            description = "What may be done with it: `r`, `w`, `m`.";
          };
        };
      }
    );
  };
  timeoutStartSec = mkOption {
    type = types.str;
    default = "1min";
    description = "Time in which it has to start.";
  };
  extraFlags = words "Further arguments of {manpage}`systemd-nspawn(1)`." [ "--drop-capability=CAP_SYS_CHROOT" ];
}
