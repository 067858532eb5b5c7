# Home Assistant. Debian has no package of it: `services.home-assistant.package` has to name one.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    literalExpression
    mkEnableOption
    mkIf
    mkOption
    types
    ;
  cfg = config.services.home-assistant;
  yaml = pkgs.formats.yaml { };

  # Settings without a value are left to Home Assistant. Text such as `!secret x` is a tag, not a text.
  settings = lib.filterAttrsRecursive (_: value: value != null) cfg.config;
  written = yaml.generate "configuration.yaml" settings;
  configFile = pkgs.runCommandLocal "configuration.yaml" { } ''
    sed -E "s/^([^'\"]*)(['\"])(![a-z_]+)( .*)?\2$/\1\3\4/" ${written} > $out
  '';
  lovelaceFile = yaml.generate "ui-lovelace.yaml" cfg.lovelaceConfig;
  place =
    name: file: writable:
    if writable then
      "install -m 0600 ${file} ${cfg.configDir}/${name}"
    else
      "ln -sfn ${file} ${cfg.configDir}/${name}";

  # Packages of nixpkgs can be built with the libraries of components.
  package =
    if cfg.package ? override && (cfg.extraComponents != [ ] || cfg.extraPackages (_: [ ]) != [ ]) then
      cfg.package.override (old: {
        extraComponents = (old.extraComponents or [ ]) ++ cfg.extraComponents;
        extraPackages = python: (old.extraPackages or (_: [ ])) python ++ cfg.extraPackages python;
      })
    else
      cfg.package;
in
{
  options.services.home-assistant = {
    enable = mkEnableOption "Home Assistant";
    package = lib.mkPackageOption pkgs "home-assistant" { };
    configDir = mkOption {
      type = types.path;
      default = "/var/lib/hass";
      description = "Folder of the configuration and the data.";
    };
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets the web interface through.";
    };
    extraComponents = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [
        "esphome"
        "met"
      ];
      description = "Components whose libraries the package is built with.";
    };
    extraPackages = mkOption {
      type = types.functionTo (types.listOf types.package);
      default = _: [ ];
      defaultText = literalExpression "_: [ ]";
      example = literalExpression "python: [ python.psycopg2 ]";
      description = "Python packages that the package is built with.";
    };
    customComponents = mkOption {
      type = types.listOf types.package;
      default = [ ];
      description = "Packages with further components in {file}`custom_components`.";
    };
    config = mkOption {
      default = null;
      description = ''
        The configuration; null leaves {file}`configuration.yaml` to the user. Texts such as `!secret name` are tags.
      '';
      type = types.nullOr (
        types.submodule {
          freeformType = yaml.type;
          options.http.server_port = mkOption {
            type = types.port;
            default = 8123;
            description = "Port of the web interface.";
          };
        }
      );
      example = literalExpression ''
        {
          homeassistant.name = "Home";
          default_config = { };
        }
      '';
    };
    configWritable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the configuration is a copy that the web interface may change until the next start.";
    };
    lovelaceConfig = mkOption {
      type = types.nullOr yaml.type;
      default = null;
      description = "The dashboard; null leaves it to the web interface.";
    };
    lovelaceConfigWritable = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the dashboard is a copy that the web interface may change until the next start.";
    };
  };

  config = mkIf cfg.enable {
    assertions = [
      {
        assertion = cfg.openFirewall -> cfg.config != null;
        message = "services.home-assistant.openFirewall needs services.home-assistant.config, which has the port.";
      }
    ];
    networking.firewall.allowedTCPPorts = mkIf (cfg.openFirewall && cfg.config != null) [
      cfg.config.http.server_port
    ];
    systemd.services.home-assistant = {
      description = "Home Assistant";
      wantedBy = [ "multi-user.target" ];
      wants = [ "network-online.target" ];
      after = [
        "network-online.target"
        "mysql.service"
        "postgresql.service"
      ];
      reloadTriggers = lib.optional (cfg.config != null) configFile;
      preStart = lib.concatStringsSep "\n" (
        lib.optional (cfg.config != null) (place "configuration.yaml" configFile cfg.configWritable)
        ++ lib.optional (cfg.lovelaceConfig != null) (
          place "ui-lovelace.yaml" lovelaceFile cfg.lovelaceConfigWritable
        )
        ++ lib.optional (cfg.customComponents != [ ]) "mkdir -p ${cfg.configDir}/custom_components"
        ++ map (
          component: "ln -sfn ${component}/custom_components/* ${cfg.configDir}/custom_components/"
        ) cfg.customComponents
      );
      serviceConfig = {
        ExecStart = "${package}/bin/hass --config ${lib.escapeShellArg cfg.configDir}";
        ExecReload = "${pkgs.procps}/bin/kill -HUP $MAINPID";
        User = "hass";
        Group = "hass";
        WorkingDirectory = cfg.configDir;
        Restart = "on-failure";
        RestartForceExitStatus = "100";
        SuccessExitStatus = "100";
        KillSignal = "SIGINT";
        AmbientCapabilities = [
          "CAP_NET_ADMIN"
          "CAP_NET_RAW"
          "CAP_NET_BIND_SERVICE"
        ];
      };
    };
    users.users.hass = {
      uid = config.ids.uids.hass;
      group = "hass";
      home = cfg.configDir;
      createHome = true;
      isSystemUser = true;
      extraGroups = [ "dialout" ];
    };
    users.groups.hass.gid = config.ids.gids.hass;
  };
}
