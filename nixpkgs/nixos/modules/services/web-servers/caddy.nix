# Caddy, a web server that gets its certificates by itself.
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

  cfg = config.services.caddy;
  hosts = builtins.attrValues cfg.virtualHosts;
  acmeHosts = lib.unique (
    builtins.filter (name: name != null) (map (host: host.useACMEHost) hosts)
  );

  hostText =
    host:
    let
      folder = config.security.acme.certs.${host.useACMEHost}.directory;
    in
    ''
      ${lib.concatStringsSep ", " ([ host.hostName ] ++ host.serverAliases)} {
        ${optionalString (host.listenAddresses != [ ]) "bind ${toString host.listenAddresses}"}
        ${optionalString (host.useACMEHost != null) "tls ${folder}/cert.pem ${folder}/key.pem"}
        ${optionalString (host.logFormat != null) ''
          log {
            ${host.logFormat}
          }
        ''}
        ${host.extraConfig}
      }
    '';

  caddyfileText = ''
    {
      ${optionalString (cfg.email != null) "email ${cfg.email}"}
      ${optionalString (cfg.acmeCA != null) "acme_ca ${cfg.acmeCA}"}
      log {
        ${cfg.logFormat}
      }
      ${cfg.globalConfig}
    }
    ${cfg.extraConfig}
    ${lib.concatMapStrings hostText hosts}
  '';
  # Caddy complains of an untidy file, and of a wrong one.
  caddyfile = pkgs.runCommandLocal "Caddyfile" { inherit caddyfileText; passAsFile = [ "caddyfileText" ]; } ''
    export HOME=$PWD
    cp "$caddyfileTextPath" $out
    chmod +w $out
    ${cfg.package}/bin/caddy fmt --overwrite $out
    ${optionalString (acmeHosts == [ ] && cfg.environmentFile == null)
      "${cfg.package}/bin/caddy adapt --config $out --adapter ${cfg.adapter} > /dev/null"
    }
  '';
  settingsFile = (pkgs.formats.json { }).generate "caddy.json" cfg.settings;

  hostType = types.submodule (
    { name, ... }:
    {
      options = {
        hostName = mkOption {
          type = types.str;
          default = name;
          description = "Name of the host, or another address that Caddy understands.";
        };
        serverAliases = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [ "www.example.org" ];
          description = "Other names of the host.";
        };
        listenAddresses = mkOption {
          type = types.listOf types.str;
          default = [ ];
          example = [
            "127.0.0.1"
            "::1"
          ];
          description = "Addresses to listen on; none means all.";
        };
        useACMEHost = mkOption {
          type = types.nullOr types.str;
          default = null;
          description = "Name in `security.acme.certs` of a certificate to use, instead of one that Caddy gets.";
        };
        logFormat = mkOption {
          type = types.nullOr types.lines;
          default = ''
            output file ${cfg.logDir}/access-${lib.replaceStrings [ "/" " " ] [ "_" "_" ] name}.log
          '';
          defaultText = lib.literalMD "a file in `logDir`";
          description = "How requests are logged; `null` leaves it to Caddy.";
        };
        extraConfig = mkOption {
          type = types.lines;
          default = "";
          example = "reverse_proxy localhost:8080";
          description = "Directives of the host.";
        };
      };
    }
  );
in
{
  options.services.caddy = {
    enable = mkEnableOption "Caddy";
    package = lib.mkPackageOption pkgs "caddy" { };

    user = mkOption {
      type = types.str;
      default = "caddy";
      description = "User as whom Caddy runs.";
    };
    group = mkOption {
      type = types.str;
      default = "caddy";
      description = "Group as which Caddy runs.";
    };
    dataDir = mkOption {
      type = types.path;
      default = "/var/lib/caddy";
      description = "Folder of certificates and other data.";
    };
    logDir = mkOption {
      type = types.path;
      default = "/var/log/caddy";
      description = "Folder of logs.";
    };
    logFormat = mkOption {
      type = types.lines;
      default = "level ERROR";
      description = "How Caddy logs what it does.";
    };
    configFile = mkOption {
      type = types.path;
      default = if cfg.settings != { } then settingsFile else caddyfile;
      defaultText = lib.literalMD "a file made of the other options";
      description = "The whole configuration, instead of what the other options make.";
    };
    adapter = mkOption {
      type = types.nullOr types.str;
      default = if cfg.settings != { } then null else "caddyfile";
      defaultText = lib.literalExpression ''"caddyfile"'';
      description = "Format of the configuration; `null` for JSON.";
    };
    settings = mkOption {
      inherit (pkgs.formats.json { }) type;
      default = { };
      description = "The configuration as JSON, instead of a Caddyfile.";
    };
    resume = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the configuration that was saved last counts, and not the one of the system.";
    };
    globalConfig = mkOption {
      type = types.lines;
      default = "";
      example = "debug";
      description = "Global options of the Caddyfile.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      description = "Text of the Caddyfile, before the hosts.";
    };
    virtualHosts = mkOption {
      type = types.attrsOf hostType;
      default = { };
      example."hydra.example.com".extraConfig = "reverse_proxy localhost:3000";
      description = "Hosts by name.";
    };
    acmeCA = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "https://acme-v02.api.letsencrypt.org/directory";
      description = "Directory of the certificates' authority; `null` leaves it to Caddy.";
    };
    email = mkOption {
      type = types.nullOr types.str;
      default = null;
      description = "Address that the authority writes to.";
    };
    enableReload = mkOption {
      type = types.bool;
      default = true;
      description = "Whether Caddy reads a changed configuration, instead of being restarted.";
    };
    environmentFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "File of environment variables that the configuration uses.";
    };
  };

  config = mkIf cfg.enable {
    environment.etc."caddy/caddy_config".source = cfg.configFile;

    # QUIC wants larger buffers than the kernel gives.
    boot.kernel.sysctl."net.core.rmem_max" = lib.mkDefault 2500000;
    boot.kernel.sysctl."net.core.wmem_max" = lib.mkDefault 2500000;

    users.users = lib.optionalAttrs (cfg.user == "caddy") {
      caddy = {
        inherit (cfg) group;
        uid = config.ids.uids.caddy;
        home = cfg.dataDir;
        isSystemUser = true;
      };
    };
    users.groups = lib.optionalAttrs (cfg.group == "caddy") { caddy.gid = config.ids.gids.caddy; };

    security.acme.certs = lib.genAttrs acmeHosts (_: {
      group = lib.mkDefault cfg.group;
      reloadServices = [ "caddy.service" ];
    });

    systemd.services.caddy = {
      description = "Caddy";
      documentation = [ "https://caddyserver.com/docs/" ];
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ] ++ map (name: "acme-selfsigned-${name}.service") acmeHosts;
      after = [ "network-online.target" ] ++ map (name: "acme-selfsigned-${name}.service") acmeHosts;
      before = map (name: "acme-${name}.service") acmeHosts;
      startLimitIntervalSec = 14400;
      startLimitBurst = 10;
      reloadTriggers = lib.optional cfg.enableReload cfg.configFile;
      restartTriggers = lib.optional (!cfg.enableReload) cfg.configFile;
      serviceConfig =
        let
          options = "--config /etc/caddy/caddy_config${optionalString (cfg.adapter != null) " --adapter ${cfg.adapter}"}";
        in
        {
          Type = "notify";
          ExecStart = "${cfg.package}/bin/caddy run ${options}${optionalString cfg.resume " --resume"}";
          ExecReload = "${cfg.package}/bin/caddy reload ${options} --force";
          User = cfg.user;
          Group = cfg.group;
          EnvironmentFile = mkIf (cfg.environmentFile != null) cfg.environmentFile;
          ReadWritePaths = [ cfg.dataDir ];
          StateDirectory = mkIf (cfg.dataDir == "/var/lib/caddy") "caddy";
          LogsDirectory = mkIf (cfg.logDir == "/var/log/caddy") "caddy";
          Restart = "on-failure";
          RestartPreventExitStatus = 1;
          RestartSec = "5s";
          TimeoutStopSec = "5s";
          LimitNOFILE = 1048576;
          AmbientCapabilities = [
            "CAP_NET_ADMIN"
            "CAP_NET_BIND_SERVICE"
          ];
          CapabilityBoundingSet = [
            "CAP_NET_ADMIN"
            "CAP_NET_BIND_SERVICE"
          ];
          NoNewPrivileges = true;
          PrivateDevices = true;
          PrivateTmp = true;
          ProtectHome = true;
          ProtectSystem = "full";
        };
    };
  };
}
