# Containers: systems within the system, that share its kernel and its store. systemd-nspawn runs them.
{
  config,
  lib,
  pkgs,
  utils,
  ...
}:
let
  inherit (lib)
      mkIf
    mkOption
    optional
    optionalString
    types
    ;
  cfg = config.containers;
  root = name: "/var/lib/nixos-containers/${name}";

  # The host's end of the pair of interfaces; the container's is eth0.
  endOf = name: container: if container.hostBridge == null then "ve-${name}" else "vb-${name}";

  networkFlags =
    name: container:
    lib.optionals container.privateNetwork (
      [ "--private-network" ]
      ++ optional (hasPair container) "--network-veth-extra=${endOf name container}:eth0"
    )
    ++ map (interface: "--network-interface=${interface}") container.interfaces
    ++ map (interface: "--network-macvlan=${interface}") container.macvlans;
  hasPair =
    container:
    container.hostBridge != null
    || container.hostAddress != null
    || container.hostAddress6 != null
    || container.localAddress != null
    || container.localAddress6 != null;

  bind =
    mount:
    "--bind${optionalString mount.isReadOnly "-ro"}=${
      if mount.hostPath == null then mount.mountPoint else mount.hostPath
    }:${mount.mountPoint}";

  flags =
    name: container:
    [
      "--keep-unit"
      "--machine=${name}"
      "--directory=${root name}"
      "--notify-ready=yes"
      "--kill-signal=SIGRTMIN+3"
      "--private-users=${if container.privateUsers == "no" then "no" else toString container.privateUsers}"
      "--bind-ro=/nix/store"
      "--bind-ro=/nix/var/nix/db"
      "--bind-ro=/nix/var/nix/daemon-socket"
      "--bind=/nix/var/nix/profiles/per-container/${name}:/nix/var/nix/profiles"
      "--bind=/nix/var/nix/gcroots/per-container/${name}:/nix/var/nix/gcroots"
      "--link-journal=try-guest"
    ]
    ++ networkFlags name container
    ++ map (port: "--port=${port.protocol}:${toString port.hostPort}:${
      toString (if port.containerPort == null then port.hostPort else port.containerPort)
    }") container.forwardPorts
    ++ optional container.ephemeral "--ephemeral"
    ++ map bind (lib.attrValues container.bindMounts)
    ++ optional container.enableTun "--bind=/dev/net/tun"
    ++ map (capability: "--capability=${capability}") (
      container.additionalCapabilities ++ optional container.enableTun "CAP_NET_ADMIN"
    )
    ++ map (folder: "--tmpfs=${folder}") container.tmpfs
    ++ container.extraFlags;

  prepare = name: container: ''
    root=${root name}
    mkdir -p "$root"/{etc,var/lib,nix/store,nix/var/nix}
    chmod 0755 "$root"
    mkdir -p -m 0755 /nix/var/nix/{profiles,gcroots}/per-container/${name}
    # systemd-nspawn looks for a system here, which it gets when it starts.
    [ -e "$root/etc/os-release" ] || touch "$root/etc/os-release"
    [ -s "$root/etc/machine-id" ] || systemd-id128 new > "$root/etc/machine-id"
    ln -sfn ${container.path}/usr "$root/usr"
    ln -sfn ${container.path} /nix/var/nix/profiles/per-container/${name}/system
  '';

  upHostEnd =
    name: container:
    let
      end = endOf name container;
      peerOf =
        address: optionalString (address != null) " peer ${lib.head (lib.splitString "/" address)}";
      add =
        family: address: peer:
        optionalString (address != null) "ip ${family} addr replace ${address}${peerOf peer} dev ${end}\n";
    in
    optionalString (container.privateNetwork && hasPair container) ''
      ip link set dev ${end} up ${optionalString (container.hostBridge != null) "master ${container.hostBridge}"}
      ${add "-4" container.hostAddress container.localAddress}
      ${add "-6" container.hostAddress6 container.localAddress6}
    '';

  # What the container's own system is told about its network.
  networkOf = container: {
    networking.useDHCP = lib.mkDefault false;
    networking.interfaces.eth0 =
      let
        parts = lib.splitString "/" container.localAddress;
        parts6 = lib.splitString "/" container.localAddress6;
        entry = list: prefix: {
          address = lib.head list;
          prefixLength = if lib.length list > 1 then lib.toInt (lib.last list) else prefix;
        };
      in
      {
        ipv4.addresses = optional (container.localAddress != null) (entry parts 32);
        ipv6.addresses = optional (container.localAddress6 != null) (entry parts6 128);
        ipv4.routes = optional (container.hostAddress != null && container.localAddress != null) {
          address = container.hostAddress;
          prefixLength = 32;
        };
      };
    networking.defaultGateway = mkIf (container.hostAddress != null) {
      address = container.hostAddress;
      interface = "eth0";
    };
    networking.defaultGateway6 = mkIf (container.hostAddress6 != null) {
      address = container.hostAddress6;
      interface = "eth0";
    };
  };

  serviceOf = name: container: {
    description = "Container '${name}'";
    wantedBy = optional container.autoStart "machines.target";
    wants = [ "network.target" ];
    after = [ "network.target" ];
    unitConfig.RequiresMountsFor = root name;
    path = [
      pkgs.iproute2
      config.systemd.package
      pkgs.systemd-container
    ];
    preStart = prepare name container;
    script = ''
      exec systemd-nspawn ${lib.escapeShellArgs (flags name container)} ${container.path}/init
    '';
    postStart = upHostEnd name container;
    preStop = "machinectl poweroff ${name} || true";
    inherit (container) restartIfChanged;
    serviceConfig = {
      Type = "notify";
      Slice = "machine.slice";
      Delegate = true;
      KillMode = "mixed";
      KillSignal = "TERM";
      SyslogIdentifier = "container ${name}";
      TimeoutStartSec = container.timeoutStartSec;
      DevicePolicy = "closed";
      DeviceAllow = map (device: "${device.node} ${device.modifier}") (
        container.allowedDevices
        ++ optional container.enableTun {
          node = "/dev/net/tun";
          modifier = "rwm";
        }
      );
      # The container was told to reboot, or ended by itself.
      RestartForceExitStatus = "133";
      SuccessExitStatus = "133";
    };
  };

  containerType = types.submodule (
    {
      config,
      name,
      ...
    }:
    {
      options = import ./options.nix {
        inherit lib pkgs name;
        container = config;
        hostPlatform = pkgs.stdenv.hostPlatform;
        inherit networkOf;
      };
      config = mkIf (config.config != null) {
        path = config.config.system.build.toplevel;
      };
    }
  );
in
{
  options.containers = mkOption {
    type = types.attrsOf containerType;
    default = { };
    example = lib.literalExpression ''
      {
        database = {
          autoStart = true;
          config = {
            services.postgresql.enable = true;
            system.stateVersion = "25.11";
          };
        };
      }
    '';
    description = ''
      Systems that run within this one, by systemd-nspawn. Each is a unit `container@‹name›.service`, and its files are
      in {file}`/var/lib/nixos-containers/‹name›`.
    '';
  };

  options.boot.enableContainers = mkOption {
    type = types.bool;
    default = true;
    description = "Whether {option}`containers` can be used.";
  };

  config = mkIf (cfg != { }) {
    assertions = [
      {
        assertion = config.boot.enableContainers;
        message = "containers needs boot.enableContainers.";
      }
    ]
    ++ lib.concatLists (
      lib.mapAttrsToList (name: container: [
        {
          assertion = lib.stringLength name <= 11 || !container.privateNetwork;
          message = "containers.${name}: with privateNetwork the name may have 11 letters at most, because an interface is called ve-${name}.";
        }
        {
          assertion = hasPair container -> container.privateNetwork;
          message = "containers.${name}: addresses and hostBridge need privateNetwork.";
        }
        {
          assertion = container.forwardPorts == [ ] || container.privateNetwork;
          message = "containers.${name}.forwardPorts needs privateNetwork.";
        }
      ]) cfg
    );

    environment.systemPackages = [ pkgs.systemd-container ];
    services.dbus.packages = [ pkgs.systemd-container ];
    systemd.packages = [ pkgs.systemd-container ];
    # systemd-machined and systemd-nspawn look for their parts below /usr.
    system.usrTree.packages = [ pkgs.systemd-container ];
    systemd.targets.machines.wantedBy = [ "multi-user.target" ];
    systemd.services = lib.mapAttrs' (
      name: container: lib.nameValuePair "container@${name}" (serviceOf name container)
    ) cfg;
    systemd.tmpfiles.rules = [ "d /var/lib/nixos-containers 0700 root root - -" ];
    boot.kernelModules = mkIf (lib.any (container: container.enableTun) (lib.attrValues cfg)) [ "tun" ];
    networking.dhcpcd.denyInterfaces = [ "ve-*" "vb-*" ];
    networking.networkmanager.unmanaged = [ "interface-name:ve-*" "interface-name:vb-*" ];
  };
}
