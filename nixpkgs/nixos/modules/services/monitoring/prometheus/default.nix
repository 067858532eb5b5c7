# Prometheus, a collector of measurements.
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
    optionalAttrs
    types
    ;

  cfg = config.services.prometheus;
  json = pkgs.formats.json { };

  generated = {
    global = lib.filterAttrs (_: value: value != null) cfg.globalConfig;
    scrape_configs = map (lib.filterAttrsRecursive (_: value: value != null)) cfg.scrapeConfigs;
    rule_files = cfg.ruleFiles ++ lib.imap0 (index: text: pkgs.writeText "prometheus-${toString index}.rules" text) cfg.rules;
  }
  // optionalAttrs (cfg.remoteWrite != [ ]) { remote_write = cfg.remoteWrite; }
  // optionalAttrs (cfg.remoteRead != [ ]) { remote_read = cfg.remoteRead; }
  // optionalAttrs (cfg.alertmanagers != [ ]) { alerting.alertmanagers = cfg.alertmanagers; };

  # JSON is YAML too.
  plain =
    if cfg.configText != null then
      pkgs.writeText "prometheus.yml" cfg.configText
    else
      json.generate "prometheus.yml" generated;
  checked =
    if cfg.checkConfig == false then
      plain
    else
      pkgs.runCommandLocal "prometheus.yml" { nativeBuildInputs = [ pkgs.promtool ]; } ''
        promtool check config ${lib.optionalString (cfg.checkConfig == "syntax-only") "--syntax-only"} ${plain}
        ln -s ${plain} $out
      '';

  flags = [
    "--config.file=${if cfg.enableReload then "/etc/prometheus/prometheus.yaml" else checked}"
    "--web.listen-address=${cfg.listenAddress}:${toString cfg.port}"
    "--storage.tsdb.path=/var/lib/${cfg.stateDir}/data/"
  ]
  ++ lib.optional (cfg.webExternalUrl != null) "--web.external-url=${cfg.webExternalUrl}"
  ++ lib.optional (cfg.retentionTime != null) "--storage.tsdb.retention.time=${cfg.retentionTime}"
  ++ lib.optional (cfg.webConfigFile != null) "--web.config.file=${cfg.webConfigFile}"
  ++ cfg.extraFlags;

  listOfSettings =
    description:
    mkOption {
      type = types.listOf (types.attrsOf json.type);
      default = [ ];
      inherit description;
    };
in
{
  options.services.prometheus = {
    enable = mkEnableOption "Prometheus";
    package = lib.mkPackageOption pkgs "prometheus" { };

    listenAddress = mkOption {
      type = types.str;
      default = "0.0.0.0";
      description = "Address to listen on.";
    };
    port = mkOption {
      type = types.port;
      default = 9090;
      description = "Port to listen on.";
    };
    stateDir = mkOption {
      type = types.str;
      default = "prometheus2";
      description = "Folder of the data, below `/var/lib`.";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Arguments of Prometheus.";
    };
    enableReload = mkOption {
      type = types.bool;
      default = false;
      description = "Whether Prometheus reads a changed configuration, instead of being restarted.";
    };
    environmentFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File of environment variables.";
    };
    configText = mkOption {
      type = types.nullOr types.lines;
      default = null;
      description = "The whole configuration, instead of what the other options make.";
    };
    globalConfig = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf json.type;
        options = {
          scrape_interval = mkOption {
            type = types.nullOr types.str;
            default = null;
            example = "15s";
            description = "How often measurements are collected.";
          };
          scrape_timeout = mkOption {
            type = types.nullOr types.str;
            default = null;
            description = "How long collecting may take.";
          };
          evaluation_interval = mkOption {
            type = types.nullOr types.str;
            default = null;
            description = "How often rules are evaluated.";
          };
        };
      };
      default = { };
      description = "Settings for all that is collected.";
    };
    scrapeConfigs = mkOption {
      type = types.listOf (
        types.submodule {
          freeformType = types.attrsOf json.type;
          options = {
            job_name = mkOption {
              type = types.str;
              description = "Name of the job.";
            };
            scrape_interval = mkOption {
              type = types.nullOr types.str;
              default = null;
              description = "How often its measurements are collected.";
            };
            static_configs = mkOption {
              type = types.nullOr (types.listOf (types.attrsOf json.type));
              default = null;
              example = [ { targets = [ "localhost:9100" ]; } ];
              description = "Addresses to collect from, and labels for what is found there.";
            };
          };
        }
      );
      default = [ ];
      description = "What is collected, as in Prometheus's own configuration.";
    };
    remoteWrite = listOfSettings "Where measurements are sent to.";
    remoteRead = listOfSettings "Where older measurements are read from.";
    alertmanagers = listOfSettings "Alertmanagers that alerts are sent to.";
    rules = mkOption {
      type = types.listOf types.str;
      default = [ ];
      description = "Rules for alerts and for recording, as text.";
    };
    ruleFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Files of such rules.";
    };
    webExternalUrl = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "https://example.com/";
      description = "Address under which the server is reached.";
    };
    webConfigFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File of settings for TLS and passwords.";
    };
    retentionTime = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "15d";
      description = "How long measurements are kept.";
    };
    checkConfig = mkOption {
      type = types.either types.bool (types.enum [ "syntax-only" ]);
      default = true;
      description = "Whether the configuration is checked when the system is built.";
    };
  };

  config = mkIf cfg.enable {
    users.users.prometheus = {
      description = "Prometheus daemon user";
      isSystemUser = true;
      group = "prometheus";
    };
    users.groups.prometheus = { };

    environment.etc."prometheus/prometheus.yaml" = mkIf cfg.enableReload { source = checked; };

    systemd.services.prometheus = {
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      description = "Prometheus";
      reloadTriggers = lib.optional cfg.enableReload checked;
      serviceConfig = {
        ExecStart = "${cfg.package}/bin/prometheus ${lib.escapeShellArgs flags}";
        ExecReload = "${pkgs.procps}/bin/kill -HUP $MAINPID";
        EnvironmentFile = mkIf (cfg.environmentFile != null) cfg.environmentFile;
        User = "prometheus";
        Restart = "always";
        StateDirectory = cfg.stateDir;
        StateDirectoryMode = "0700";
        WorkingDirectory = "/var/lib/${cfg.stateDir}";
        CapabilityBoundingSet = [ "" ];
        DeviceAllow = [ "/dev/null rw" ];
        DevicePolicy = "strict";
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        NoNewPrivileges = true;
        PrivateDevices = true;
        PrivateTmp = true;
        PrivateUsers = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHome = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectProc = "invisible";
        ProtectSystem = "full";
        RestrictAddressFamilies = [
          "AF_INET"
          "AF_INET6"
          "AF_UNIX"
        ];
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        SystemCallArchitectures = "native";
        SystemCallFilter = [
          "@system-service"
          "~@privileged"
        ];
      };
    };
  };
}
