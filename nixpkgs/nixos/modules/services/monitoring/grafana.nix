# Grafana. Debian has no package of it: `services.grafana.package` has to name one.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkEnableOption mkIf mkOption types;
  cfg = config.services.grafana;
  ini = pkgs.formats.ini { };
  json = pkgs.formats.json { };

  # Provisioned things by their kind, each given as settings or as a file of its own.
  kinds = {
    datasources = "datasources";
    dashboards = "providers";
  };
  provisioned =
    kind:
    let
      value = cfg.provision.${kind};
    in
    if value.path != null then
      value.path
    else
      json.generate "${kind}.yaml" (
        lib.filterAttrsRecursive (_: entry: entry != null) value.settings
      );
  provisionFolder = pkgs.runCommandLocal "grafana-provisioning" { } (
    "mkdir -p $out/{datasources,dashboards,plugins,notifiers,alerting}\n"
    + lib.concatStrings (
      map (kind: "ln -s ${provisioned kind} $out/${kind}/${kind}.yaml\n") (builtins.attrNames kinds)
    )
  );

  provisionOption =
    kind: key:
    {
      settings = mkOption {
        type = types.submodule {
          freeformType = json.type;
          options = {
            apiVersion = mkOption {
              type = types.int;
              default = 1;
              description = "Version of the format.";
            };
            ${key} = mkOption {
              type = types.listOf (types.attrsOf json.type);
              default = [ ];
              description = "What is provisioned.";
            };
          };
        };
        default = { };
        description = "Provisioned ${kind}.";
      };
      path = mkOption {
        type = types.nullOr types.path;
        default = null;
        description = "File of provisioned ${kind}, instead of settings.";
      };
    };
in
{
  options.services.grafana = {
    enable = mkEnableOption "Grafana";
    package = lib.mkPackageOption pkgs "grafana" { };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/grafana";
      description = "Folder of the data.";
    };
    settings = mkOption {
      type = types.submodule {
        freeformType = ini.type;
        options.server = mkOption {
          type = types.submodule {
            freeformType = types.attrsOf types.anything;
            options = {
              http_addr = mkOption {
                type = types.str;
                default = "127.0.0.1";
                description = "Address to listen on.";
              };
              http_port = mkOption {
                type = types.port;
                default = 3000;
                description = "Port to listen on.";
              };
              domain = mkOption {
                type = types.str;
                default = "localhost";
                description = "Name of the host.";
              };
              root_url = mkOption {
                type = types.str;
                default = "%(protocol)s://%(domain)s:%(http_port)s/";
                description = "Address under which Grafana is reached.";
              };
            };
          };
          default = { };
          description = "The section `[server]`.";
        };
      };
      default = { };
      description = "Sections of grafana.ini.";
    };
    provision = {
      enable = mkEnableOption "provisioning";
    }
    // lib.mapAttrs provisionOption kinds;
  };

  config = mkIf cfg.enable {
    services.grafana.settings = {
      paths.provisioning = mkIf cfg.provision.enable "${provisionFolder}";
      analytics.reporting_enabled = lib.mkDefault false;
    };
    users.users.grafana = {
      description = "Grafana user";
      home = cfg.dataDir;
      createHome = true;
      group = "grafana";
      isSystemUser = true;
    };
    users.groups.grafana = { };
    environment.systemPackages = [ cfg.package ];
    systemd.services.grafana = {
      description = "Grafana Service Daemon";
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ] ++ lib.optional config.services.postgresql.enable "postgresql.target";
      serviceConfig = {
        WorkingDirectory = cfg.dataDir;
        User = "grafana";
        Restart = "on-failure";
        RuntimeDirectory = "grafana";
        RuntimeDirectoryMode = "0755";
        ExecStart = "${cfg.package}/bin/grafana server -homepath ${cfg.package}/share/grafana -config ${ini.generate "grafana.ini" cfg.settings} cfg:default.paths.data=${cfg.dataDir}";
        AmbientCapabilities = mkIf (cfg.settings.server.http_port < 1024) [ "CAP_NET_BIND_SERVICE" ];
        CapabilityBoundingSet = if cfg.settings.server.http_port < 1024 then [ "CAP_NET_BIND_SERVICE" ] else [ "" ];
        LockPersonality = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "full";
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        UMask = "0027";
      };
    };
  };
}
