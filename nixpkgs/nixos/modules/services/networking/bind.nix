# BIND, the name server `named`.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    concatMapStrings
    mkEnableOption
    mkIf
    mkOption
    optionalString
    types
    ;

  cfg = config.services.bind;
  list = values: concatMapStrings (value: " ${value};") values;

  zoneType = types.submodule (
    { name, ... }:
    {
      options = {
        name = mkOption {
          type = types.str;
          default = name;
          description = "Name of the zone.";
        };
        master = mkOption {
          type = types.bool;
          description = "Whether this server has the zone itself, and does not copy it.";
        };
        file = mkOption {
          type = types.either types.str types.path;
          description = "File of the zone.";
        };
        masters = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Servers that the zone is copied from.";
        };
        slaves = mkOption {
          type = types.listOf types.str;
          default = [ ];
          description = "Servers that may copy the zone.";
        };
        allowQuery = mkOption {
          type = types.listOf types.str;
          default = [ "any" ];
          description = "Who may ask about the zone.";
        };
        extraConfig = mkOption {
          type = types.lines;
          default = "";
          description = "Text that is added to the zone.";
        };
      };
    }
  );

  zoneText = zone: ''
    zone "${zone.name}" {
      type ${if zone.master then "master" else "slave"};
      file "${zone.file}";
      ${
        if zone.master then
          optionalString (zone.slaves != [ ]) "allow-transfer {${list zone.slaves} };"
        else
          "masters {${list zone.masters} };"
      }
      allow-query {${list zone.allowQuery} };
      ${zone.extraConfig}
    };
  '';

  written = pkgs.writeText "named.conf" ''
    include "/etc/bind/rndc.key";
    controls {
      inet 127.0.0.1 allow { localhost; } keys { "rndc-key"; };
    };
    acl cachenetworks {${list cfg.cacheNetworks} };
    acl badnetworks {${list cfg.blockedNetworks} };
    options {
      listen-on {${list cfg.listenOn} };
      listen-on-v6 {${list cfg.listenOnIpv6} };
      allow-query-cache { cachenetworks; };
      blackhole { badnetworks; };
      forward ${cfg.forward};
      forwarders {${list cfg.forwarders} };
      directory "${cfg.directory}";
      pid-file "/run/named/named.pid";
      ${cfg.extraOptions}
    };
    ${cfg.extraConfig}
    ${concatMapStrings zoneText (builtins.attrValues cfg.zones)}
  '';
  checked = pkgs.runCommandLocal "named.conf" { } ''
    # The key is made when the server first starts.
    grep -v '^ *include "/etc/bind/rndc.key";' ${written} \
      | sed -e 's#keys { "rndc-key"; }##' -e "s#directory \"${cfg.directory}\"#directory \"$PWD\"#" > words.conf
    ${cfg.package}/bin/named-checkconf words.conf
    cp ${written} $out
  '';
in
{
  options.services.bind = {
    enable = mkEnableOption "BIND";
    package = lib.mkPackageOption pkgs "bind" { };
    cacheNetworks = mkOption {
      type = types.listOf types.str;
      default = [
        "127.0.0.0/24"
        "::1/128"
      ];
      description = "Networks that may ask about names elsewhere.";
    };
    blockedNetworks = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Networks that get no answer.";
    };
    ipv4Only = mkOption {
      type = types.bool;
      default = false;
      description = "Whether only IPv4 is used.";
    };
    forward = mkOption {
      type = types.enum [
        "first"
        "only"
      ];
      default = "first";
      description = "Whether the forwarders are asked first or only they are.";
    };
    forwarders = mkOption {
      type = types.listOf types.str;
      default = config.networking.nameservers;
      defaultText = lib.literalExpression "config.networking.nameservers";
      description = "Servers that questions are passed on to.";
    };
    listenOn = mkOption {
      type = types.listOf types.str;
      default = [ "any" ];
      description = "IPv4 addresses to listen on.";
    };
    listenOnIpv6 = mkOption {
      type = types.listOf types.str;
      default = [ "any" ];
      description = "IPv6 addresses to listen on.";
    };
    directory = mkOption {
      type = types.str;
      default = "/run/named";
      description = "Folder that relative names of files start from.";
    };
    zones = mkOption {
      type = types.coercedTo (types.listOf types.attrs) (
        zones: lib.listToAttrs (map (zone: lib.nameValuePair zone.name zone) zones)
      ) (types.attrsOf zoneType);
      default = { };
      example."example.com" = {
        master = false;
        file = "/var/dns/example.com";
        masters = [ "192.168.0.1" ];
      };
      description = "Zones by name.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text that is added to named.conf(5).";
    };
    extraOptions = mkOption {
      type = types.lines;
      default = "";
      description = "Text that is added to the options.";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-n 4" ];
      description = "Arguments of named.";
    };
    configFile = mkOption {
      type = types.path;
      default = checked;
      defaultText = lib.literalMD "a file made of the other options";
      description = "The whole of named.conf(5), instead of what the other options make.";
    };
  };

  config = mkIf cfg.enable {
    networking.resolvconf.useLocalResolver = lib.mkDefault true;
    environment.systemPackages = [ cfg.package ];

    users.users.named = {
      group = "named";
      description = "BIND daemon user";
      isSystemUser = true;
    };
    users.groups.named = { };

    systemd.tmpfiles.rules = [ "d /etc/bind 0755 named named - -" ]
    ++ lib.optional (cfg.directory != "/run/named") "d ${cfg.directory} 0750 named named - -";

    systemd.services.bind-key = {
      description = "Key of the BIND name server's control channel";
      unitConfig.ConditionPathExists = "!/etc/bind/rndc.key";
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "${cfg.package}/bin/rndc-confgen -c /etc/bind/rndc.key -u named -a -A hmac-sha256";
      };
    };
    systemd.services.bind = {
      description = "BIND Domain Name Server";
      wantedBy = [ "multi-user.target" ];
      after = [
        "network.target"
        "bind-key.service"
      ];
      requires = [ "bind-key.service" ];
      wants = [ "nss-lookup.target" ];
      before = [ "nss-lookup.target" ];
      serviceConfig = {
        Type = "notify";
        ExecStart = "${cfg.package}/bin/named ${optionalString cfg.ipv4Only "-4"} -f -c ${cfg.configFile} ${lib.concatStringsSep " " cfg.extraArgs}";
        ExecReload = "${cfg.package}/bin/rndc -k /etc/bind/rndc.key reload";
        ExecStop = "${cfg.package}/bin/rndc -k /etc/bind/rndc.key stop";
        User = "named";
        Restart = "on-failure";
        RuntimeDirectory = "named";
        RuntimeDirectoryPreserve = "yes";
        AmbientCapabilities = "CAP_NET_BIND_SERVICE";
        CapabilityBoundingSet = "CAP_NET_BIND_SERVICE";
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectControlGroups = true;
        RestrictNamespaces = true;
        RestrictSUIDSGID = true;
        LockPersonality = true;
      };
    };
  };
}
