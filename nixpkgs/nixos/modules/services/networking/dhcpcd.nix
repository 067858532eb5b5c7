# dhcpcd, the DHCP client of machines without networkd or NetworkManager.
#
# It waits for its lease beside the boot: only `network-online.target` waits for it, not `multi-user.target`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatStringsSep
    mkIf
    mkOption
    optionalString
    types
    ;

  network = config.networking;
  cfg = network.dhcpcd;
  interfaces = builtins.attrValues network.interfaces;
  namesOf = builtins.map (interface: interface.name);

  wanted = network.useDHCP || builtins.any (interface: interface.useDHCP == true) interfaces;
  enabled = cfg.enable && wanted && !network.useNetworkd;

  # Interfaces that have all they need, or that belong to something else.
  ignored =
    namesOf (
      builtins.filter (
        interface:
        interface.useDHCP == false || interface.useDHCP == null && interface.ipv4.addresses != [ ]
      ) interfaces
    )
    ++ lib.concatMap (bridge: bridge.interfaces) (builtins.attrValues network.bridges)
    ++ lib.concatMap (bond: bond.interfaces) (builtins.attrValues network.bonds)
    ++ cfg.denyInterfaces
    ++ [
      "lo"
      "docker*"
      "peth*"
      "podman*"
      "sit*"
      "tap*"
      "tun*"
      "veth*"
      "vif*"
      "virbr*"
      "vnet*"
      "wg*"
    ];
  allowed =
    if !network.useDHCP && cfg.allowInterfaces == null then
      namesOf (builtins.filter (interface: interface.useDHCP == true) interfaces)
    else
      cfg.allowInterfaces;

  waitLines = {
    background = "background";
    any = "waitip";
    ipv4 = "waitip 4";
    ipv6 = "waitip 6";
    both = "waitip 4\nwaitip 6";
    if-carrier-up = "";
  };

  configFile = pkgs.writeText "dhcpcd.conf" ''
    hostname
    option domain_name_servers, domain_name, domain_search, host_name
    option classless_static_routes, ntp_servers, interface_mtu
    script ${pkgs.dhcpcd-base}/lib/dhcpcd/dhcpcd-run-hooks
    nohook test lookup-hostname timesyncd.conf${optionalString (!cfg.setHostname) " hostname"}${
      optionalString (!network.resolvconf.enable) " resolv.conf"
    }
    # Interfaces carry their final name when their addresses are asked for.
    nodev
    denyinterfaces ${concatStringsSep " " (lib.unique ignored)}
    ${optionalString (allowed != null) "allowinterfaces ${concatStringsSep " " allowed}"}
    ${waitLines.${cfg.wait}}
    ${optionalString (!network.enableIPv6) "noipv6"}
    ${optionalString (cfg.IPv6rs == false) "noipv6rs"}
    ${optionalString cfg.persistent "persistent"}
    ${cfg.extraConfig}
  '';
in
{
  options.networking.dhcpcd = {
    enable = mkOption {
      type = types.bool;
      default = true;
      description = "Whether dhcpcd serves the interfaces that are configured by DHCP.";
    };

    persistent = mkOption {
      type = types.bool;
      default = false;
      description = "Whether interfaces keep their addresses when dhcpcd stops, as a root file system on the network needs.";
    };

    setHostname = mkOption {
      type = types.bool;
      default = true;
      description = "Whether a machine without a name takes the one that it is offered.";
    };

    denyInterfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "veth*" ];
      description = "Patterns of interfaces to leave alone.";
    };

    allowInterfaces = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      example = [ "eth*" ];
      description = "Patterns of the only interfaces to serve.";
    };

    IPv6rs = mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether dhcpcd solicits IPv6 routers; `null` leaves it to dhcpcd.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "timeout 10";
      description = "Lines that are added to dhcpcd's configuration.";
    };

    runHook = mkOption {
      type = types.lines;
      default = "";
      example = ''if [ "$reason" = BOUND ]; then logger "$interface has an address"; fi'';
      description = "Shell commands that dhcpcd runs on its events.";
    };

    wait = mkOption {
      type = types.enum (builtins.attrNames waitLines);
      default = "any";
      description = "What addresses `network-online.target` waits for; `background` waits for none.";
    };
  };

  config = mkIf enabled {
    assertions = [
      {
        assertion = !network.networkmanager.enable || network.networkmanager.unmanaged != [ ] || !network.useDHCP;
        message = "networking.useDHCP and networking.networkmanager.enable would both configure the interfaces: set networking.useDHCP = false.";
      }
    ];

    # The client asks of each interface whether it is wireless, for which the kernel would load its wireless code on
    # any machine. Drivers that need that code bring it along; this only stops it from coming by itself.
    boot.blacklistedKernelModules = [ "cfg80211" ];

    environment.etc."dhcpcd.exit-hook" = mkIf (cfg.runHook != "") { text = cfg.runHook; };
    environment.systemPackages = [ pkgs.dhcpcd-base ];

    users.users.dhcpcd = {
      isSystemUser = true;
      group = "dhcpcd";
      # Unprivileged parts of dhcpcd live below this folder.
      home = "/var/empty";
    };
    users.groups.dhcpcd = { };

    systemd.services.dhcpcd = {
      description = "DHCP Client";
      documentation = [ "man:dhcpcd(8)" ];
      wantedBy = [ "multi-user.target" ];
      wants = [ "network.target" ];
      before = [
        "network-online.target"
        "shutdown.target"
      ];
      after = [
        "sysinit.target"
        "network-pre.target"
      ];
      conflicts = [ "shutdown.target" ];
      # Losing the network in the middle of a switch over the network would end it.
      stopIfChanged = false;
      path = lib.optional network.resolvconf.enable network.resolvconf.package;
      unitConfig = {
        ConditionCapability = "CAP_NET_ADMIN";
        # With its default dependencies, targets that want this unit would wait for it.
        DefaultDependencies = false;
      };
      serviceConfig = {
        Type = "forking";
        PIDFile = "/run/dhcpcd/pid";
        RuntimeDirectory = "dhcpcd";
        StateDirectory = "dhcpcd";
        ExecStart = "${pkgs.dhcpcd-base}/bin/dhcpcd --quiet --config ${configFile}";
        ExecReload = "${pkgs.dhcpcd-base}/bin/dhcpcd --rebind";
        Restart = "always";
        ProtectHome = true;
        ProtectKernelModules = true;
        ProtectKernelLogs = true;
        ProtectControlGroups = true;
        RestrictNamespaces = true;
        RestrictRealtime = true;
        LockPersonality = true;
      };
    };
    systemd.targets.network-online.wants = mkIf (cfg.wait != "background") [ "dhcpcd.service" ];
  };
}
