# Redis servers, as many as there are names.
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
    optionalString
    types
    ;

  cfg = config.services.redis;
  servers = lib.filterAttrs (_: server: server.enable) cfg.servers;

  # The server without a name is called just `redis`.
  unitName = name: "redis" + optionalString (name != "") "-${name}";

  showValue = value: if builtins.isBool value then lib.boolToYesNo value else toString value;
  configFile =
    server:
    pkgs.writeText "redis.conf" (
      lib.generators.toKeyValue {
        listsAsDuplicateKeys = true;
        mkKeyValue = lib.generators.mkKeyValueDefault { mkValueString = showValue; } " ";
      } server.settings
    );

  needsSecrets = server: server.requirePassFile != null || server.masterAuthFile != null;
  # The server rewrites its own file in some modes; secrets never enter the store.
  prepare =
    name: server:
    pkgs.writeShellScript "${unitName name}-prepare" ''
      set -eu
      umask 0077
      install -m 0600 ${configFile server} /run/${unitName name}/nixos.conf
      ${optionalString (server.requirePassFile != null) ''
        printf 'requirepass "%s"\n' "$(cat ${lib.escapeShellArg server.requirePassFile})" >> /run/${unitName name}/nixos.conf
      ''}
      ${optionalString (server.masterAuthFile != null) ''
        printf 'masterauth "%s"\n' "$(cat ${lib.escapeShellArg server.masterAuthFile})" >> /run/${unitName name}/nixos.conf
      ''}
    '';

  serverType = types.submodule (
    { name, config, ... }:
    {
      options = {
        enable = mkEnableOption "this Redis server";
        user = mkOption {
          type = types.str;
          default = unitName name;
          defaultText = lib.literalExpression ''if name == "" then "redis" else "redis-''${name}"'';
          description = "User as whom the server runs.";
        };
        group = mkOption {
          type = types.str;
          default = config.user;
          defaultText = lib.literalExpression "config.user";
          description = "Group as which the server runs.";
        };
        port = mkOption {
          type = types.port;
          default = if name == "" then 6379 else 0;
          defaultText = lib.literalExpression ''if name == "" then 6379 else 0'';
          description = "Port to listen on; 0 means none.";
        };
        openFirewall = mkOption {
          type = types.bool;
          default = false;
          description = "Whether the firewall lets connections to the port in.";
        };
        bind = mkOption {
          type = types.nullOr types.str;
          default = "127.0.0.1";
          example = "192.0.2.1";
          description = "Address to listen on; `null` means all.";
        };
        unixSocket = mkOption {
          type = types.nullOr types.path;
          default = "/run/${unitName name}/redis.sock";
          defaultText = lib.literalExpression ''"/run/redis-''${name}/redis.sock"'';
          description = "Socket to listen on.";
        };
        unixSocketPerm = mkOption {
          type = types.int;
          default = 660;
          description = "Permissions of the socket.";
        };
        logLevel = mkOption {
          type = types.str;
          default = "notice";
          example = "debug";
          description = "How much is logged.";
        };
        logfile = mkOption {
          type = types.str;
          default = "/dev/null";
          description = "File that is logged to.";
        };
        syslog = mkOption {
          type = types.bool;
          default = true;
          description = "Whether the journal has the log.";
        };
        databases = mkOption {
          type = types.int;
          default = 16;
          description = "Number of databases.";
        };
        maxclients = mkOption {
          type = types.int;
          default = 10000;
          description = "Number of connections at a time.";
        };
        save = mkOption {
          type = types.listOf (types.listOf types.int);
          default = [
            [
              900
              1
            ]
            [
              300
              10
            ]
            [
              60
              10000
            ]
          ];
          description = "When data is saved: seconds, and changes in that time.";
        };
        slaveOf = mkOption {
          type = types.nullOr (
            types.submodule {
              options = {
                ip = mkOption {
                  type = types.str;
                  description = "Address of the master.";
                };
                port = mkOption {
                  type = types.port;
                  description = "Port of the master.";
                };
              };
            }
          );
          default = null;
          description = "Server that this one is a copy of.";
        };
        masterAuth = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "Password of that server, which becomes readable for everyone on the machine.";
        };
        masterAuthFile = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "File with that password.";
        };
        requirePass = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "Password of the server, which becomes readable for everyone on the machine.";
        };
        requirePassFile = mkOption {
          type = types.nullOr types.path;
          default = null;
          description = "File with the server's password.";
        };
        appendOnly = mkOption {
          type = types.bool;
          default = false;
          description = "Whether every change is written down at once.";
        };
        appendFsync = mkOption {
          type = types.str;
          default = "everysec";
          description = "When what is written down reaches the disk: `no`, `always` or `everysec`.";
        };
        slowLogLogSlowerThan = mkOption {
          type = types.int;
          default = 10000;
          description = "Microseconds after which a command counts as slow.";
        };
        slowLogMaxLen = mkOption {
          type = types.int;
          default = 128;
          description = "Number of slow commands that are remembered.";
        };
        extraParams = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "--sentinel" ];
          description = "More arguments of the server.";
        };
        settings = mkOption {
          type = types.attrsOf (
            types.oneOf [
              types.bool
              types.int
              types.str
              (types.listOf types.str)
            ]
          );
          default = { };
          description = "Settings of redis.conf.";
        };
      };

      config.settings = lib.mkMerge [
        {
          inherit (config) port logfile databases maxclients;
          daemonize = false;
          supervised = "systemd";
          loglevel = config.logLevel;
          syslog-enabled = config.syslog;
          save = if config.save == [ ] then ''""'' else map (rule: toString rule) config.save;
          dbfilename = "dump.rdb";
          dir = "/var/lib/${unitName name}";
          appendonly = config.appendOnly;
          appendfsync = config.appendFsync;
          slowlog-log-slower-than = config.slowLogLogSlowerThan;
          slowlog-max-len = config.slowLogMaxLen;
        }
        (mkIf (config.bind != null) { inherit (config) bind; })
        (mkIf (config.unixSocket != null) {
          unixsocket = config.unixSocket;
          unixsocketperm = toString config.unixSocketPerm;
        })
        (mkIf (config.slaveOf != null) {
          slaveof = "${config.slaveOf.ip} ${toString config.slaveOf.port}";
        })
        (mkIf (config.masterAuth != null) { masterauth = config.masterAuth; })
        (mkIf (config.requirePass != null) { requirepass = config.requirePass; })
      ];
    }
  );

  service =
    name: server:
    lib.nameValuePair (unitName name) {
      description = "Redis Server - ${unitName name}";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = {
        Type = "notify";
        ExecStartPre = mkIf (needsSecrets server) "+${prepare name server}";
        ExecStart = "${cfg.package}/bin/redis-server ${
          if needsSecrets server then "/run/${unitName name}/nixos.conf" else configFile server
        } ${lib.escapeShellArgs server.extraParams}";
        User = server.user;
        Group = server.group;
        RuntimeDirectory = unitName name;
        RuntimeDirectoryMode = "0750";
        StateDirectory = unitName name;
        StateDirectoryMode = "0700";
        UMask = "0077";
        Restart = "always";
        LimitNOFILE = lib.mkDefault (lib.max 1024 (server.maxclients + 32));
        CapabilityBoundingSet = "";
        NoNewPrivileges = true;
        ProtectSystem = "strict";
        ProtectHome = true;
        PrivateTmp = true;
        PrivateDevices = true;
        PrivateUsers = !needsSecrets server;
        ProtectClock = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectControlGroups = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        PrivateMounts = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = "~@cpu-emulation @debug @keyring @memlock @mount @obsolete @privileged @resources @setuid";
      };
    };
in
{
  options.services.redis = {
    package = lib.mkPackageOption pkgs "redis" { };

    vmOverCommit = mkOption {
      type = types.bool;
      default = builtins.any (server: server.enable) (builtins.attrValues cfg.servers);
      defaultText = lib.literalMD "whether there is a server";
      description = "Whether the kernel promises more memory than there is, which saving in the background needs.";
    };

    servers = mkOption {
      type = types.attrsOf serverType;
      default = { };
      example."".enable = true;
      description = "Redis servers by name; the name may be empty.";
    };
  };

  config = mkIf (servers != { }) {
    assertions = lib.mapAttrsToList (name: server: {
      assertion =
        !(server.requirePass != null && server.requirePassFile != null)
        && !(server.masterAuth != null && server.masterAuthFile != null);
      message = "services.redis.servers.${name}: a password is given either itself or by its file.";
    }) servers;

    boot.kernel.sysctl = mkIf cfg.vmOverCommit { "vm.overcommit_memory" = "1"; };

    networking.firewall.allowedTCPPorts = map (server: server.port) (
      builtins.filter (server: server.openFirewall && server.port != 0) (builtins.attrValues servers)
    );

    environment.systemPackages = [ cfg.package ];

    users.users = lib.mapAttrs' (
      name: server:
      lib.nameValuePair (unitName name) {
        description = "System user for the Redis server ${name}";
        isSystemUser = true;
        inherit (server) group;
      }
    ) (lib.filterAttrs (name: server: server.user == unitName name) servers);
    users.groups = lib.mapAttrs' (name: _: lib.nameValuePair (unitName name) { }) (
      lib.filterAttrs (name: server: server.group == unitName name) servers
    );

    systemd.services = lib.mapAttrs' service servers;
  };
}
