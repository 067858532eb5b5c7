# Alertmanager, which sends the alerts of Prometheus.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.prometheus.alertmanager;
  configFile =
    if cfg.configText != null then
      pkgs.writeText "alertmanager.yml" cfg.configText
    else
      (pkgs.formats.yaml { }).generate "alertmanager.yml" cfg.configuration;
in
{
  options.services.prometheus.alertmanager = {
    enable = lib.mkEnableOption "Alertmanager, which sends the alerts of Prometheus";
    package = lib.mkPackageOption pkgs "prometheus-alertmanager" { };
    configuration = lib.mkOption {
      type = lib.types.nullOr lib.types.attrs;
      default = null;
      example = lib.literalExpression ''{ route.receiver = "me"; receivers = [ { name = "me"; } ]; }'';
      description = "The configuration.";
    };
    configText = lib.mkOption {
      type = lib.types.nullOr lib.types.lines;
      default = null;
      description = "The same as a text in YAML.";
    };
    logFormat = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      description = "Format of the log.";
    };
    logLevel = lib.mkOption {
      type = lib.types.enum [
        "debug"
        "info"
        "warn"
        "error"
        "fatal"
      ];
      default = "warn";
      description = "What the log has at least.";
    };
    webExternalUrl = lib.mkOption {
      type = lib.types.nullOr lib.types.str;
      default = null;
      description = "Address that links in messages begin with.";
    };
    listenAddress = lib.mkOption {
      type = lib.types.str;
      default = "";
      description = "Address; an empty one is all.";
    };
    port = lib.mkOption {
      type = lib.types.port;
      default = 9093;
      description = "Port.";
    };
    openFirewall = lib.mkOption {
      type = lib.types.bool;
      default = false;
      description = "Whether the firewall lets it through.";
    };
    clusterPeers = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Other Alertmanagers of the cluster.";
    };
    extraFlags = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      description = "Arguments of the program.";
    };
    environmentFile = lib.mkOption {
      type = lib.types.nullOr lib.types.path;
      default = null;
      example = "/etc/secrets/alertmanager";
      description = "File with variables that the configuration may name, for what is secret.";
    };
  };

  config = lib.mkIf cfg.enable {
    assertions = [
      {
        assertion = (cfg.configuration == null) != (cfg.configText == null);
        message = "services.prometheus.alertmanager needs either `configuration' or `configText'.";
      }
    ];
    networking.firewall.allowedTCPPorts = lib.mkIf cfg.openFirewall [ cfg.port ];
    systemd.services.alertmanager = {
      description = "Alerts of Prometheus";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      preStart = ''
        ${pkgs.gettext-base}/bin/envsubst -i ${configFile} -o /run/alertmanager/alertmanager.yml
      '';
      serviceConfig = {
        ExecStart = lib.concatStringsSep " " (
          [
            "${cfg.package}/bin/prometheus-alertmanager"
            "--config.file=/run/alertmanager/alertmanager.yml"
            "--web.listen-address=${cfg.listenAddress}:${toString cfg.port}"
            "--log.level=${cfg.logLevel}"
            "--storage.path=/var/lib/alertmanager"
          ]
          ++ lib.optional (cfg.webExternalUrl != null) "--web.external-url=${cfg.webExternalUrl}"
          ++ lib.optional (cfg.logFormat != null) "--log.format=${cfg.logFormat}"
          ++ map (peer: "--cluster.peer=${peer}") cfg.clusterPeers
          ++ [ (lib.escapeShellArgs cfg.extraFlags) ]
        );
        EnvironmentFile = lib.optional (cfg.environmentFile != null) cfg.environmentFile;
        Restart = "always";
        DynamicUser = true;
        RuntimeDirectory = "alertmanager";
        StateDirectory = "alertmanager";
        WorkingDirectory = "/tmp";
        PrivateTmp = true;
      };
    };
  };
}
