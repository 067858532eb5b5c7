# Exporters: programs that show measurements to Prometheus. Each line of the table is one of them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkEnableOption
    mkOption
    types
    ;

  cfg = config.services.prometheus.exporters;

  listOfStrings =
    example: description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit example description;
    };

  exporters = {
    node = {
      port = 9100;
      package = pkgs.prometheus-node-exporter;
      what = "the machine";
      options = {
        enabledCollectors = listOfStrings [ "systemd" ] "Collectors to switch on.";
        disabledCollectors = listOfStrings [ "timex" ] "Collectors to switch off.";
      };
      command =
        exporter:
        [ "${exporter.package}/bin/prometheus-node-exporter" ]
        ++ map (name: "--collector.${name}") exporter.enabledCollectors
        ++ map (name: "--no-collector.${name}") exporter.disabledCollectors
        # Debian switches it on for everyone.
        ++ lib.optional (!builtins.elem "systemd" exporter.enabledCollectors) "--no-collector.systemd"
        # Debian's default is a folder that is not there.
        ++ lib.optional (
          !(builtins.any (lib.hasInfix "collector.textfile.directory") exporter.extraFlags)
        ) "--collector.textfile.directory="
        ++ [ "--web.listen-address=${exporter.listenAddress}:${toString exporter.port}" ];
      # It looks at the whole machine.
      serviceConfig = {
        ProtectHome = lib.mkForce "read-only";
        PrivateDevices = lib.mkForce false;
        RestrictAddressFamilies = [
          "AF_UNIX"
          "AF_NETLINK"
        ];
      };
    };
    nginx = {
      port = 9113;
      package = pkgs.prometheus-nginx-exporter;
      what = "nginx";
      options.scrapeUri = mkOption {
        type = types.str;
        default = "http://localhost/nginx_status";
        description = "Address of nginx's status page.";
      };
      command = exporter: [
        "${exporter.package}/bin/prometheus-nginx-exporter"
        "--nginx.scrape-uri=${exporter.scrapeUri}"
        "--web.listen-address=${exporter.listenAddress}:${toString exporter.port}"
      ];
      serviceConfig = { };
    };
    blackbox = {
      port = 9115;
      package = pkgs.prometheus-blackbox-exporter;
      what = "other machines, as they look from here";
      options.configFile = mkOption {
        type = types.path;
        description = "File of the modules that probes use.";
      };
      command = exporter: [
        "${exporter.package}/bin/prometheus-blackbox-exporter"
        "--config.file=${exporter.configFile}"
        "--web.listen-address=${exporter.listenAddress}:${toString exporter.port}"
      ];
      serviceConfig.AmbientCapabilities = [ "CAP_NET_RAW" ];
    };
    postgres = {
      port = 9187;
      package = pkgs.prometheus-postgres-exporter;
      what = "PostgreSQL";
      options.dataSourceName = mkOption {
        type = types.str;
        default = "user=postgres database=postgres host=/run/postgresql sslmode=disable";
        description = "How the database is reached.";
      };
      command = exporter: [
        "${pkgs.coreutils}/bin/env"
        "DATA_SOURCE_NAME=${exporter.dataSourceName}"
        "${exporter.package}/bin/prometheus-postgres-exporter"
        "--web.listen-address=${exporter.listenAddress}:${toString exporter.port}"
      ];
      serviceConfig.RestrictAddressFamilies = [ "AF_UNIX" ];
    };
  };
  enabled = lib.filterAttrs (name: _: cfg.${name}.enable) exporters;

  optionsOf =
    name: exporter:
    {
      enable = mkEnableOption "the exporter of measurements of ${exporter.what}";
      package = mkOption {
        type = types.package;
        default = exporter.package;
        defaultText = lib.literalExpression "pkgs.prometheus-${name}-exporter";
        description = "Package of the exporter.";
      };
      port = mkOption {
        type = types.port;
        default = exporter.port;
        description = "Port to listen on.";
      };
      listenAddress = mkOption {
        type = types.str;
        default = "0.0.0.0";
        description = "Address to listen on.";
      };
      openFirewall = mkOption {
        type = types.bool;
        default = false;
        description = "Whether the firewall lets connections to the port in.";
      };
      extraFlags = listOfStrings [ ] "Arguments of the exporter.";
      user = mkOption {
        type = types.str;
        default = "${name}-exporter";
        description = "User as whom the exporter runs.";
      };
      group = mkOption {
        type = types.str;
        default = "${name}-exporter";
        description = "Group as which the exporter runs.";
      };
    }
    // exporter.options;

  service =
    name: exporter:
    lib.nameValuePair "prometheus-${name}-exporter" {
      wantedBy = [ "multi-user.target" ];
      after = [ "network.target" ];
      serviceConfig = lib.mkMerge [
        {
          ExecStart = lib.escapeShellArgs (exporter.command cfg.${name} ++ cfg.${name}.extraFlags);
          User = cfg.${name}.user;
          Group = cfg.${name}.group;
          Restart = "always";
          PrivateTmp = true;
          WorkingDirectory = "/tmp";
          CapabilityBoundingSet = exporter.serviceConfig.AmbientCapabilities or [ "" ];
          LockPersonality = true;
          MemoryDenyWriteExecute = true;
          NoNewPrivileges = true;
          PrivateDevices = lib.mkDefault true;
          ProtectControlGroups = true;
          ProtectHome = lib.mkDefault true;
          ProtectHostname = true;
          ProtectKernelLogs = true;
          ProtectKernelModules = true;
          ProtectKernelTunables = true;
          ProtectSystem = "strict";
          RestrictAddressFamilies = [
            "AF_INET"
            "AF_INET6"
          ];
          RestrictNamespaces = true;
          RestrictRealtime = true;
          RestrictSUIDSGID = true;
          SystemCallArchitectures = "native";
          UMask = "0077";
        }
        exporter.serviceConfig
      ];
    };
in
{
  options.services.prometheus.exporters = lib.mapAttrs optionsOf exporters;

  config = {
    systemd.services = lib.mapAttrs' service enabled;
    networking.firewall.allowedTCPPorts = lib.concatLists (
      lib.mapAttrsToList (name: _: lib.optional cfg.${name}.openFirewall cfg.${name}.port) enabled
    );
    users.users = lib.mapAttrs' (
      name: _:
      lib.nameValuePair cfg.${name}.user {
        description = "Prometheus ${name} exporter service user";
        isSystemUser = true;
        inherit (cfg.${name}) group;
      }
    ) (lib.filterAttrs (name: _: cfg.${name}.user == "${name}-exporter") enabled);
    users.groups = lib.mapAttrs' (name: _: lib.nameValuePair cfg.${name}.group { }) (
      lib.filterAttrs (name: _: cfg.${name}.group == "${name}-exporter") enabled
    );
  };
}
