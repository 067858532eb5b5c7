# MariaDB, the MySQL server that Debian has.
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

  cfg = config.services.mysql;
  format = pkgs.formats.ini { listsAsDuplicateKeys = true; };

  # Keys without a value are flags.
  settingsText = lib.generators.toINI {
    listsAsDuplicateKeys = true;
    mkKeyValue =
      key: value: if value == true then key else lib.generators.mkKeyValueDefault { } "=" key value;
  } cfg.settings;
  client = "${cfg.package}/bin/mariadb -u ${cfg.superUser} -N";

  createDatabase = database: ''
    if ! [ -e ${cfg.dataDir}/${database.name} ]; then
      echo "creating database ${database.name}" >&2
      echo 'create database if not exists `${database.name}`;' | ${client}
      ${optionalString (database.schema != null) ''
        (
          echo 'use `${database.name}`;'
          if [ -f "${database.schema}" ]; then
            cat ${database.schema}
          elif [ -d "${database.schema}" ]; then
            cat ${database.schema}/mysql-databases/*.sql
          fi
        ) | ${client}
      ''}
    fi
  '';

  setupSql = pkgs.writeText "mysql-setup.sql" (
    concatMapStrings (name: "CREATE DATABASE IF NOT EXISTS `${name}`;\n") cfg.ensureDatabases
    + concatMapStrings (
      user:
      "CREATE USER IF NOT EXISTS '${user.name}'@'localhost' IDENTIFIED WITH unix_socket;\n"
      + lib.concatStrings (
        lib.mapAttrsToList (
          target: permission: "GRANT ${permission} ON ${target} TO '${user.name}'@'localhost';\n"
        ) user.ensurePermissions
      )
    ) cfg.ensureUsers
  );

  setup = pkgs.writeShellScript "mysql-setup" ''
    set -e
    if [ -e /run/mysqld/first_startup ]; then
      ${concatMapStrings createDatabase cfg.initialDatabases}
      ${optionalString (cfg.initialScript != null) "cat ${cfg.initialScript} | ${client}"}
      rm /run/mysqld/first_startup
    fi
    ${optionalString (cfg.ensureDatabases != [ ] || cfg.ensureUsers != [ ]) "${client} < ${setupSql}"}
  '';

  initialise = pkgs.writeShellScript "mysql-init" ''
    set -e
    cd ${cfg.dataDir}
    if ! [ -d mysql ]; then
      # Made apart and moved, the table of users last: an interrupted first start begins anew at the next.
      rm -rf .new
      mkdir .new
      ${cfg.package}/bin/mariadb-install-db --defaults-file=/etc/my.cnf --datadir=${cfg.dataDir}/.new \
        --auth-root-authentication-method=socket --auth-root-socket-user=${cfg.superUser} --skip-test-db
      mv .new/mysql .users
      for part in .new/*; do
        rm -rf "''${part#.new/}"
        mv "$part" .
      done
      rmdir .new
      touch /run/mysqld/first_startup
      mv .users mysql
    fi
  '';
in
{
  options.services.mysql = {
    enable = mkEnableOption "MariaDB";

    package = mkOption {
      type = types.package;
      example = lib.literalExpression "pkgs.mariadb";
      description = "The server's package.";
      default = pkgs.mariadb;
      defaultText = lib.literalExpression "pkgs.mariadb";
    };

    user = mkOption {
      type = types.str;
      default = "mysql";
      description = "User as whom the server runs.";
    };

    group = mkOption {
      type = types.str;
      default = "mysql";
      description = "Group as which the server runs.";
    };

    superUser = mkOption {
      type = types.str;
      default = "root";
      internal = true;
      readOnly = true;
      description = "User who may do everything.";
    };

    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/mysql";
      description = "Folder of the databases.";
    };

    settings = mkOption {
      inherit (format) type;
      default = { };
      example.mysqld = {
        key_buffer_size = "6G";
        log-error = "/var/log/mysql_err.log";
        plugin-load-add = [ "server_audit" ];
      };
      description = "Settings of my.cnf by section.";
    };

    configFile = mkOption {
      type = types.path;
      default = pkgs.writeText "my.cnf" settingsText;
      defaultText = lib.literalMD "a file made of `settings`";
      description = "The whole of my.cnf, instead of what `settings` make.";
    };

    initialDatabases = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            name = mkOption {
              type = types.str;
              description = "Name of the database.";
            };
            schema = mkOption {
              type = types.nullOr types.path;
              default = null;
              description = "SQL, or a folder with `mysql-databases/*.sql`, that fills it.";
            };
          };
        }
      );
      default = [ ];
      description = "Databases that are made when the server first starts.";
    };

    initialScript = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "SQL that runs once, when the server first starts.";
    };

    ensureDatabases = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "nextcloud" ];
      description = "Databases that exist; none is ever dropped.";
    };

    ensureUsers = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            name = mkOption {
              type = types.str;
              description = "Name of the user, who is also a user of the machine.";
            };
            ensurePermissions = mkOption {
              type = types.attrsOf types.str;
              default = { };
              example."nextcloud.*" = "ALL PRIVILEGES";
              description = "Rights of the user by what they apply to; none is ever taken away.";
            };
          };
        }
      );
      default = [ ];
      description = "Users that exist, logging in as the machine's user of the same name.";
    };
  };

  config = mkIf cfg.enable {
    services.mysql.settings = {
      mysqld = {
        datadir = lib.mkDefault cfg.dataDir;
        port = lib.mkDefault 3306;
        socket = lib.mkDefault "/run/mysqld/mysqld.sock";
        pid-file = lib.mkDefault "/run/mysqld/mysqld.pid";
        skip-log-error = lib.mkDefault true;
      };
      client.socket = lib.mkDefault "/run/mysqld/mysqld.sock";
    };

    users.users = lib.optionalAttrs (cfg.user == "mysql") {
      mysql = {
        description = "MySQL server user";
        inherit (cfg) group;
        uid = config.ids.uids.mysql;
        isSystemUser = true;
      };
    };
    users.groups = lib.optionalAttrs (cfg.group == "mysql") { mysql.gid = config.ids.gids.mysql; };

    environment.systemPackages = [ cfg.package ];
    environment.etc."my.cnf".source = cfg.configFile;

    systemd.services.mysql = {
      description = "MySQL Server";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      aliases = [ "mariadb.service" ];
      restartTriggers = [ cfg.configFile ];
      path = [
        pkgs.gawk
        pkgs.nettools
      ];
      serviceConfig = {
        Type = "notify";
        Restart = "on-abort";
        RestartSec = "5s";
        ExecStartPre = initialise;
        ExecStart = "${cfg.package}/bin/mariadbd --defaults-file=/etc/my.cnf";
        ExecStartPost = "+${setup}";
        User = cfg.user;
        Group = cfg.group;
        RuntimeDirectory = "mysqld";
        RuntimeDirectoryMode = "0755";
        StateDirectory = mkIf (cfg.dataDir == "/var/lib/mysql") "mysql";
        StateDirectoryMode = "0700";
        ReadWritePaths = [ cfg.dataDir ];
        # The first start makes the tables.
        TimeoutStartSec = "30min";
        TimeoutStopSec = 120;
        CapabilityBoundingSet = "";
        ProtectSystem = "strict";
        ProtectHome = true;
        PrivateTmp = true;
        PrivateDevices = true;
        NoNewPrivileges = true;
        ProtectHostname = true;
        ProtectKernelTunables = true;
        ProtectKernelModules = true;
        ProtectControlGroups = true;
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_INET"
          "AF_INET6"
        ];
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        PrivateMounts = true;
        SystemCallArchitectures = "native";
      };
    };
  };
}
