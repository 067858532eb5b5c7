# Unbound, a resolver that checks signatures.
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

  cfg = config.services.unbound;

  showValue = value: if builtins.isBool value then lib.boolToYesNo value else toString value;
  line =
    indent: name: value:
    if builtins.isAttrs value then
      "${indent}${name}:\n${lib.concatStrings (lib.mapAttrsToList (line "${indent}  ") value)}"
    else if builtins.isList value then
      concatMapStrings (line indent name) value
    else
      "${indent}${name}: ${showValue value}\n";

  # Clauses that later ones refer to come first.
  ordered =
    lib.optionalAttrs (cfg.settings ? server) { inherit (cfg.settings) server; };
  rest = builtins.removeAttrs cfg.settings [ "server" ];
  configFile = pkgs.writeText "unbound.conf" (
    lib.concatStrings (lib.mapAttrsToList (line "") ordered)
    + lib.concatStrings (lib.mapAttrsToList (line "") rest)
  );
  checked =
    if cfg.checkconf then
      pkgs.runCommandLocal "unbound.conf" { } ''
        sed -e 's#^\( *chroot:\).*#\1 ""#; /auto-trust-anchor-file\|tls-cert-bundle\|server-.*-file\|control-.*-file/d' \
          -e "s#^\( *directory:\).*#\1 \"$PWD\"#" ${configFile} > words.conf
        ${cfg.package}/bin/unbound-checkconf words.conf
        cp ${configFile} $out
      ''
    else
      configFile;

  anchor = "${cfg.stateDir}/root.key";
  prepare = pkgs.writeShellScript "unbound-prepare" ''
    ${optionalString cfg.enableRootTrustAnchor ''
      # Its status only says whether the anchor had to be updated.
      ${cfg.package}/bin/unbound-anchor -a ${anchor} || true
    ''}
    ${optionalString (cfg.settings.remote-control.control-enable or false && cfg.localControlSocketPath == null) ''
      if ! [ -e ${cfg.stateDir}/unbound_control.key ]; then
        ${cfg.package}/bin/unbound-control-setup -d ${cfg.stateDir}
      fi
    ''}
  '';

  value = types.oneOf [
    types.bool
    types.int
    types.float
    types.str
  ];
  clause = types.attrsOf (types.either value (types.listOf value));
in
{
  options.services.unbound = {
    enable = mkEnableOption "Unbound";
    package = lib.mkPackageOption pkgs "unbound" { };
    user = mkOption {
      type = types.str;
      default = "unbound";
      description = "User as whom Unbound runs.";
    };
    group = mkOption {
      type = types.str;
      default = "unbound";
      description = "Group as which Unbound runs.";
    };
    stateDir = mkOption {
      type = types.path;
      default = "/var/lib/unbound";
      description = "Folder of the trust anchor.";
    };
    checkconf = mkOption {
      type = types.bool;
      default = !(builtins.any (name: cfg.settings ? ${name}) [ "include" ]) && !(cfg.settings ? remote-control);
      defaultText = lib.literalMD "unless something is included or `remote-control` is set";
      description = "Whether unbound-checkconf checks the settings when the system is built.";
    };
    resolveLocalQueries = mkOption {
      type = types.bool;
      default = true;
      description = "Whether this machine's own programs ask Unbound.";
    };
    enableRootTrustAnchor = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the root's key is kept up to date.";
    };
    localControlSocketPath = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "/run/unbound/unbound.ctl";
      description = "Socket by which `unbound-control` reaches the server.";
    };
    settings = mkOption {
      type = types.attrsOf (types.oneOf [ value clause (types.listOf (types.either value clause)) ]);
      default = { };
      example = {
        server.interface = [ "127.0.0.1" ];
        forward-zone = [
          {
            name = ".";
            forward-addr = "1.1.1.1@853#cloudflare-dns.com";
          }
        ];
      };
      description = "Clauses of unbound.conf; a list is a clause that stands there several times.";
    };
  };

  config = mkIf cfg.enable {
    services.unbound.settings = {
      server = {
        directory = lib.mkDefault cfg.stateDir;
        username = ''""'';
        chroot = ''""'';
        pidfile = ''""'';
        do-daemonize = false;
        interface = lib.mkDefault ([ "127.0.0.1" ] ++ lib.optional config.networking.enableIPv6 "::1");
        access-control = lib.mkDefault (
          [ "127.0.0.0/8 allow" ] ++ lib.optional config.networking.enableIPv6 "::1/128 allow"
        );
        auto-trust-anchor-file = mkIf cfg.enableRootTrustAnchor anchor;
        tls-cert-bundle = lib.mkDefault "/etc/ssl/certs/ca-certificates.crt";
      };
    }
    // lib.optionalAttrs (cfg.localControlSocketPath != null) {
      remote-control = {
        control-enable = lib.mkDefault true;
        control-interface = lib.mkDefault [ cfg.localControlSocketPath ];
      };
    };

    environment.systemPackages = [ cfg.package ];
    environment.etc."unbound/unbound.conf".source = checked;

    users.users = lib.optionalAttrs (cfg.user == "unbound") {
      unbound = {
        description = "unbound daemon user";
        isSystemUser = true;
        inherit (cfg) group;
      };
    };
    users.groups = lib.optionalAttrs (cfg.group == "unbound") { unbound = { }; };

    networking = mkIf cfg.resolveLocalQueries {
      resolvconf.useLocalResolver = true;
      
    };

    systemd.services.unbound = {
      description = "Unbound recursive Domain Name Server";
      after = [ "network.target" ];
      before = [ "nss-lookup.target" ];
      wants = [ "nss-lookup.target" ];
      wantedBy = [
        "multi-user.target"
        "nss-lookup.target"
      ];
      restartTriggers = [ checked ];
      path = lib.optional (cfg.settings ? remote-control) pkgs.openssl;
      serviceConfig = {
        Type = "notify";
        ExecStartPre = prepare;
        ExecStart = "${cfg.package}/bin/unbound -p -d -c /etc/unbound/unbound.conf";
        ExecReload = "${pkgs.procps}/bin/kill -HUP $MAINPID";
        NotifyAccess = "main";
        User = cfg.user;
        Group = cfg.group;
        AmbientCapabilities = [
          "CAP_NET_BIND_SERVICE"
          "CAP_NET_RAW"
        ];
        CapabilityBoundingSet = [
          "CAP_NET_BIND_SERVICE"
          "CAP_NET_RAW"
        ];
        RuntimeDirectory = "unbound";
        StateDirectory = mkIf (cfg.stateDir == "/var/lib/unbound") "unbound";
        ReadWritePaths = [ cfg.stateDir ];
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectHome = true;
        ProtectControlGroups = true;
        ProtectKernelModules = true;
        ProtectSystem = "strict";
        ProtectClock = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelTunables = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
          "AF_UNIX"
        ];
        RestrictRealtime = true;
        RestrictNamespaces = true;
        RestrictSUIDSGID = true;
        LockPersonality = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [ "@system-service" ];
        Restart = "on-failure";
        RestartSec = "5s";
      };
    };
  };
}
