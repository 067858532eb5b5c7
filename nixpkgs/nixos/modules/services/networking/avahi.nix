# Avahi: names and services of the local network, without a server.
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
    mkOption
    types
    ;

  cfg = config.services.avahi;
  yesNo = lib.boolToYesNo;

  configText = lib.generators.toINI { } {
    server = {
      use-ipv4 = yesNo cfg.ipv4;
      use-ipv6 = yesNo cfg.ipv6;
      domain-name = cfg.domainName;
      allow-point-to-point = yesNo cfg.allowPointToPoint;
      cache-entries-max = cfg.cacheEntriesMax;
      ratelimit-interval-usec = 1000000;
      ratelimit-burst = 1000;
    }
    // lib.optionalAttrs (cfg.hostName != "") { host-name = cfg.hostName; }
    // lib.optionalAttrs (cfg.browseDomains != [ ]) {
      browse-domains = lib.concatStringsSep ", " cfg.browseDomains;
    }
    // lib.optionalAttrs (cfg.allowInterfaces != null) {
      allow-interfaces = lib.concatStringsSep "," cfg.allowInterfaces;
    }
    // lib.optionalAttrs (cfg.denyInterfaces != null) {
      deny-interfaces = lib.concatStringsSep "," cfg.denyInterfaces;
    };
    wide-area.enable-wide-area = yesNo cfg.wideArea;
    publish = {
      disable-publishing = yesNo (!cfg.publish.enable);
      disable-user-service-publishing = yesNo (!cfg.publish.userServices);
      publish-addresses = yesNo (cfg.publish.userServices || cfg.publish.addresses);
      publish-hinfo = yesNo cfg.publish.hinfo;
      publish-workstation = yesNo cfg.publish.workstation;
      publish-domain = yesNo cfg.publish.domain;
    };
    reflector.enable-reflector = yesNo cfg.reflector;
    rlimits.rlimit-stack = 4194304;
  };
  configFile = pkgs.writeText "avahi-daemon.conf" (configText + cfg.extraConfig);

  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };
  publishing = what: flag false "Whether ${what} can be found by others.";
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "avahi" "nssmdns" ] [ "services" "avahi" "nssmdns4" ])
    (lib.mkRenamedOptionModule [ "services" "avahi" "interfaces" ] [ "services" "avahi" "allowInterfaces" ])
  ];

  options.services.avahi = {
    enable = mkEnableOption "Avahi";
    package = lib.mkPackageOption pkgs "avahi" { };

    hostName = mkOption {
      type = types.str;
      default = config.networking.hostName;
      defaultText = lib.literalExpression "config.networking.hostName";
      description = "Name by which the machine is found.";
    };
    domainName = mkOption {
      type = types.str;
      default = "local";
      description = "Domain of the names.";
    };
    browseDomains = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "0pointer.de" ];
      description = "Other domains to look for services in.";
    };
    ipv4 = flag true "Whether IPv4 is used.";
    ipv6 = flag config.networking.enableIPv6 "Whether IPv6 is used." // {
      defaultText = lib.literalExpression "config.networking.enableIPv6";
    };
    allowInterfaces = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      description = "The only interfaces to use; `null` means all but local and point-to-point ones.";
    };
    denyInterfaces = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      description = "Interfaces not to use.";
    };
    openFirewall = flag true "Whether the firewall lets UDP port 5353 in.";
    allowPointToPoint = flag false "Whether point-to-point interfaces are used too.";
    wideArea = flag false "Whether services are looked for by ordinary DNS too.";
    reflector = flag false "Whether what is heard on one interface is repeated on the others.";
    cacheEntriesMax = mkOption {
      type = types.ints.unsigned;
      default = 4096;
      description = "Number of records that are remembered for an interface.";
    };
    extraServiceFiles = mkOption {
      type = types.attrsOf (types.either types.str types.path);
      default = { };
      example = lib.literalExpression ''{ ssh = "''${pkgs.avahi}/etc/avahi/services/ssh.service"; }'';
      description = "Services to publish: files of avahi.service(5), or their text.";
    };
    publish = {
      enable = flag false "Whether anything is published.";
      userServices = publishing "what users publish";
      addresses = publishing "the machine's addresses";
      hinfo = publishing "the machine's processor and system";
      workstation = publishing "the machine as a workstation";
      domain = publishing "the local domain";
    };
    nssmdns4 = flag false "Whether programs find names in `.local` over IPv4.";
    nssmdns6 = flag false "Whether programs find names in `.local` over IPv6, which costs time where there is none.";
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text at the end of avahi-daemon.conf(5).";
    };
  };

  config = mkIf cfg.enable {
    users.users.avahi = {
      description = "avahi-daemon privilege separation user";
      home = "/var/empty";
      group = "avahi";
      isSystemUser = true;
    };
    users.groups.avahi = { };

    system.nssModules = lib.optional (cfg.nssmdns4 || cfg.nssmdns6) pkgs.libnss-mdns;
    system.nssDatabases.hosts =
      let
        module =
          if cfg.nssmdns4 && cfg.nssmdns6 then
            "mdns"
          else if cfg.nssmdns6 then
            "mdns6"
          else
            "mdns4";
      in
      mkIf (cfg.nssmdns4 || cfg.nssmdns6) (lib.mkMerge [
        (lib.mkBefore [ "${module}_minimal [NOTFOUND=return]" ])
        (lib.mkAfter [ module ])
      ]);

    environment.systemPackages = [ cfg.package ];
    # The daemon shuts itself into /etc/avahi.
    environment.etc = {
      "avahi/avahi-daemon.conf".source = configFile;
    }
    // lib.mapAttrs' (
      name: service:
      lib.nameValuePair "avahi/services/${name}.service" (
        # A copy: a link would lead out of where the daemon has shut itself in.
        { mode = "0444"; }
        // (if builtins.isPath service || lib.hasPrefix "/" service then { source = service; } else { text = service; })
      )
    ) cfg.extraServiceFiles;

    services.dbus.packages = [ cfg.package ];
    networking.firewall.allowedUDPPorts = mkIf cfg.openFirewall [ 5353 ];

    systemd.sockets.avahi-daemon = {
      description = "Avahi mDNS/DNS-SD Stack Activation Socket";
      listenStreams = [ "/run/avahi-daemon/socket" ];
      wantedBy = [ "sockets.target" ];
    };

    systemd.services.avahi-daemon = {
      description = "Avahi mDNS/DNS-SD Stack";
      wantedBy = [ "multi-user.target" ];
      requires = [ "avahi-daemon.socket" ];
      documentation = [ "man:avahi-daemon(8)" ];
      restartTriggers = [ configFile ];
      aliases = [ "dbus-org.freedesktop.Avahi.service" ];
      serviceConfig = {
        Type = "dbus";
        BusName = "org.freedesktop.Avahi";
        NotifyAccess = "main";
        ExecStart = "${cfg.package}/bin/avahi-daemon --syslog -f /etc/avahi/avahi-daemon.conf";
        RuntimeDirectory = "avahi-daemon";
        ProtectHome = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectControlGroups = true;
        PrivateDevices = true;
        PrivateTmp = true;
        LockPersonality = true;
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
      };
    };
  };
}
