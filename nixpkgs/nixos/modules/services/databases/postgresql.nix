# PostgreSQL.
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

  cfg = config.services.postgresql;

  # Debian keeps the programs of each major version apart from the others'.
  programs = "${cfg.package}/lib/postgresql/${cfg.majorVersion}/bin";

  merged = pkgs.buildEnv {
    name = "postgresql-parts";
    paths = [ cfg.package ] ++ cfg.extensions;
    ignoreCollisions = true;
  };
  # The server looks for extensions beside its own program, so the program is copied.
  withExtensions = pkgs.runCommandLocal "${cfg.package.name}-with-extensions" { passthru.version = cfg.package.version; } ''
    tree=lib/postgresql/${cfg.majorVersion}
    mkdir -p $out/$tree/bin
    ln -s ${merged}/bin $out/bin
    ln -s ${merged}/share $out/share
    ln -s ${merged}/$tree/lib $out/$tree/lib
    ln -s ${merged}/$tree/bin/* $out/$tree/bin/
    cp --remove-destination -L ${merged}/$tree/bin/postgres $out/$tree/bin/postgres
  '';

  # `services.postgresql.extensions = ps: [ ps.pgvector ];`: Debian's packages without their prefix.
  extensionSet =
    let
      prefix = "postgresql-${cfg.majorVersion}-";
    in
    lib.listToAttrs (
      map (name: lib.nameValuePair (lib.removePrefix prefix name) pkgs.debianPackages.${name}) (
        builtins.filter (lib.hasPrefix prefix) (builtins.attrNames pkgs.debianPackages)
      )
    );

  showValue =
    value:
    if builtins.isBool value then
      (if value then "yes" else "no")
    else if builtins.isString value then
      "'${builtins.replaceStrings [ "'" ] [ "''" ] value}'"
    else
      toString value;
  configText = lib.concatStrings (
    lib.mapAttrsToList (name: value: "${name} = ${showValue value}\n") (
      lib.filterAttrs (_: value: value != null) cfg.settings
    )
  );
  configFile = pkgs.writeText "postgresql.conf" configText;

  identFile = pkgs.writeText "pg_ident.conf" cfg.identMap;
  hbaFile = pkgs.writeText "pg_hba.conf" cfg.authentication;

  quote = name: ''"${builtins.replaceStrings [ ''"'' ] [ ''""'' ] name}"'';
  literal = text: "'${builtins.replaceStrings [ "'" ] [ "''" ] text}'";

  clauses =
    user:
    lib.concatStringsSep " " (
      lib.mapAttrsToList (clause: wanted: if wanted then clause else "no${clause}") (
        lib.filterAttrs (_: wanted: wanted != null) user.ensureClauses
      )
    );

  # One session makes all that is missing.
  setupSql = pkgs.writeText "postgresql-setup.sql" (
    concatMapStrings (database: ''
      SELECT 'CREATE DATABASE ${quote database}'
        WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = ${literal database}) \gexec
    '') cfg.ensureDatabases
    + concatMapStrings (
      user:
      ''
        SELECT 'CREATE USER ${quote user.name}'
          WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = ${literal user.name}) \gexec
      ''
      + optionalString (clauses user != "") "ALTER ROLE ${quote user.name} ${clauses user};\n"
      + optionalString user.ensureDBOwnership "ALTER DATABASE ${quote user.name} OWNER TO ${quote user.name};\n"
    ) cfg.ensureUsers
  );

  initialise = pkgs.writeShellScript "postgresql-init" ''
    set -e
    cd ${cfg.dataDir}
    if ! [ -e PG_VERSION ]; then
      # Made apart and moved, the version last: an interrupted first start begins anew at the next.
      rm -rf .new
      ${programs}/initdb -U ${cfg.superUser} -D .new ${lib.escapeShellArgs cfg.initdbArgs}
      rm .new/*.conf
      touch .first_startup
      mv .new/PG_VERSION version
      for part in .new/*; do
        rm -rf "''${part#.new/}"
        mv "$part" .
      done
      rmdir .new
      mv version PG_VERSION
    fi
    ln -sfn ${configFile} ${cfg.dataDir}/postgresql.conf
  '';

  psql = "${programs}/psql --port=${toString cfg.settings.port} --no-psqlrc";
  firstScript = optionalString (cfg.initialScript != null) ''
    if [ -e ${cfg.dataDir}/.first_startup ]; then
      ${psql} -v ON_ERROR_STOP=1 -f ${cfg.initialScript} -d postgres
    fi
  '';

  clauseOption =
    what:
    mkOption {
      type = types.nullOr types.bool;
      default = null;
      description = "Whether the user ${what}; `null` leaves it as it is.";
    };
in
{
  imports = [
    (lib.mkRenamedOptionModule [ "services" "postgresql" "extraPlugins" ] [ "services" "postgresql" "extensions" ])
    (lib.mkRenamedOptionModule [ "services" "postgresql" "port" ] [ "services" "postgresql" "settings" "port" ])
  ];

  options.services.postgresql = {
    enable = mkEnableOption "PostgreSQL";

    package = mkOption {
      type = types.package;
      default = pkgs.postgresql;
      defaultText = lib.literalExpression "pkgs.postgresql";
      example = lib.literalExpression "pkgs.postgresql_17";
      description = "The server's package, which decides the major version.";
    };

    finalPackage = mkOption {
      type = types.package;
      readOnly = true;
      default = if cfg.extensions == [ ] then cfg.package else withExtensions;
      defaultText = lib.literalExpression "config.services.postgresql.package with its extensions";
      description = "The package with its extensions.";
    };

    majorVersion = mkOption {
      type = types.str;
      internal = true;
      readOnly = true;
      default = lib.versions.major cfg.package.version;
      defaultText = lib.literalMD "the major version of the package";
      description = "The server's major version.";
    };

    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/postgresql/${cfg.majorVersion}";
      defaultText = lib.literalExpression ''"/var/lib/postgresql/''${config.services.postgresql.majorVersion}"'';
      description = "Folder of the databases.";
    };

    enableTCPIP = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the server listens on all addresses, and not on the local one only.";
    };

    enableJIT = mkEnableOption "compiling queries while they run";

    settings = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf (
          types.nullOr (
            types.oneOf [
              types.bool
              types.float
              types.int
              types.str
            ]
          )
        );
        options = {
          port = mkOption {
            type = types.port;
            default = 5432;
            description = "Port to listen on.";
          };
          log_line_prefix = mkOption {
            type = types.str;
            default = "[%p] ";
            example = "%m [%p] ";
            description = "What log lines start with.";
          };
          shared_preload_libraries = mkOption {
            type = types.nullOr (types.coercedTo (types.listOf types.str) (lib.concatStringsSep ",") types.commas);
            default = null;
            example = [ "pg_stat_statements" ];
            description = "Libraries to load at start.";
          };
        };
      };
      default = { };
      example = {
        log_connections = true;
        log_statement = "all";
        max_connections = 200;
      };
      description = "Settings of postgresql.conf.";
    };

    authentication = mkOption {
      type = types.lines;
      default = "";
      example = ''
        host all all 192.168.0.0/24 scram-sha-256
      '';
      description = "Lines of pg_hba.conf; the usual local ones come after those without a priority.";
    };

    identMap = mkOption {
      type = types.lines;
      default = "";
      example = "map-name-0 system-username-0 database-username-0";
      description = "Lines of pg_ident.conf.";
    };

    initdbArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "--data-checksums"
        "--allow-group-access"
      ];
      description = "Arguments of `initdb`.";
    };

    initialScript = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = lib.literalExpression ''
        pkgs.writeText "init-sql-script" '''
          alter user postgres with password 'myPassword';
        ''''';
      description = "SQL that runs once, when the server first starts.";
    };

    ensureDatabases = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "gitea"
        "nextcloud"
      ];
      description = "Databases that exist; none is ever dropped.";
    };

    ensureUsers = mkOption {
      type = types.listOf (
        types.submodule {
          options = {
            name = mkOption {
              type = types.str;
              description = "Name of the user.";
            };
            ensureDBOwnership = mkOption {
              type = types.bool;
              default = false;
              description = "Whether the user owns the database of the same name.";
            };
            ensureClauses = {
              superuser = clauseOption "may do everything";
              createrole = clauseOption "may make users";
              createdb = clauseOption "may make databases";
              "inherit" = clauseOption "has the rights of its groups";
              login = clauseOption "may log in";
              replication = clauseOption "may replicate";
              bypassrls = clauseOption "sees rows that policies hide";
            };
          };
        }
      );
      default = [ ];
      example = [
        {
          name = "nextcloud";
          ensureDBOwnership = true;
        }
      ];
      description = "Users that exist; none is ever dropped.";
    };

    extensions = mkOption {
      type = types.coercedTo (types.functionTo (types.listOf types.package)) (choose: choose extensionSet) (
        types.listOf types.package
      );
      default = [ ];
      example = lib.literalExpression "ps: [ ps.pgvector ps.postgis-3 ]";
      description = "Packages of extensions, or a function that picks them from Debian's.";
    };

    checkConfig = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the server checks its settings when the system is built.";
    };

    superUser = mkOption {
      type = types.str;
      default = "postgres";
      internal = true;
      readOnly = true;
      description = "Name of the user who may do everything.";
    };
  };

  config = mkIf cfg.enable {
    assertions = map (user: {
      assertion = user.ensureDBOwnership -> builtins.elem user.name cfg.ensureDatabases;
      message = "services.postgresql.ensureUsers: ${user.name} cannot own a database that is not in services.postgresql.ensureDatabases.";
    }) cfg.ensureUsers;

    services.postgresql.settings = {
      hba_file = "${hbaFile}";
      ident_file = "${identFile}";
      log_destination = "stderr";
      listen_addresses = lib.mkDefault (if cfg.enableTCPIP then "*" else "localhost");
      jit = lib.mkDefault cfg.enableJIT;
      unix_socket_directories = lib.mkDefault "/run/postgresql";
    };
    services.postgresql.authentication = lib.mkAfter ''
      local all postgres peer map=postgres
      local all all peer
      host all all 127.0.0.1/32 md5
      host all all ::1/128 md5
    '';
    services.postgresql.identMap = lib.mkAfter ''
      postgres root postgres
      postgres postgres postgres
    '';

    users.users.postgres = {
      uid = config.ids.uids.postgres;
      group = "postgres";
      description = "PostgreSQL server user";
      home = cfg.dataDir;
      isSystemUser = true;
      shell = config.users.defaultUserShell;
    };
    users.groups.postgres.gid = config.ids.gids.postgres;

    environment.systemPackages = [ cfg.finalPackage ];

    # Only its own major version can read a folder.
    system.checks = mkIf cfg.checkConfig [
      (pkgs.runCommandLocal "check-postgresql-config" { } ''
        mkdir data
        cp ${configFile} data/postgresql.conf
        ${programs}/postgres -D data -C config_file > /dev/null
        touch $out
      '')
    ];

    systemd.targets.postgresql = {
      description = "PostgreSQL";
      wantedBy = [ "multi-user.target" ];
      requires = [
        "postgresql.service"
        "postgresql-setup.service"
      ];
    };

    systemd.services.postgresql = {
      description = "PostgreSQL Server";
      after = [ "network.target" ];
      path = [
        cfg.finalPackage
        # initdb asks it for the locales that there are.
        pkgs.getent
      ];
      environment.PGDATA = cfg.dataDir;
      serviceConfig = {
        Type = "notify";
        ExecStartPre = initialise;
        ExecStart = "${cfg.finalPackage}/lib/postgresql/${cfg.majorVersion}/bin/postgres";
        ExecReload = "${pkgs.procps}/bin/kill -HUP $MAINPID";
        User = "postgres";
        Group = "postgres";
        RuntimeDirectory = "postgresql";
        StateDirectory = mkIf (lib.hasPrefix "/var/lib/postgresql" cfg.dataDir) "postgresql ${lib.removePrefix "/var/lib/" cfg.dataDir}";
        StateDirectoryMode = "0750";
        UMask = "0027";
        KillSignal = "SIGINT";
        KillMode = "mixed";
        # The first start and recovery after a crash take their time.
        TimeoutStartSec = "30min";
        TimeoutStopSec = 120;
        Restart = "always";
        PrivateTmp = true;
        ProtectHome = true;
        ProtectSystem = "strict";
        ReadWritePaths = mkIf (!lib.hasPrefix "/var/lib/postgresql" cfg.dataDir) cfg.dataDir;
        NoNewPrivileges = true;
        LockPersonality = true;
        PrivateDevices = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        RemoveIPC = true;
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_NETLINK"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
      };
    };

    systemd.services.postgresql-setup = {
      description = "PostgreSQL Setup";
      requires = [ "postgresql.service" ];
      after = [ "postgresql.service" ];
      partOf = [ "postgresql.service" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        User = "postgres";
        Group = "postgres";
      };
      script = ''
        ${firstScript}
        rm -f ${cfg.dataDir}/.first_startup
      ''
      + optionalString (cfg.ensureDatabases != [ ] || cfg.ensureUsers != [ ]) ''
        ${psql} -v ON_ERROR_STOP=1 -d postgres -q -f ${setupSql}
      '';
    };
  };
}
