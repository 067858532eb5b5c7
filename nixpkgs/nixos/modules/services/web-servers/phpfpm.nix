# PHP-FPM: PHP for web servers, in pools of processes.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkIf mkOption types;
  cfg = config.services.phpfpm;
  package = pkgs.debianPackages."php8.4-fpm";

  atom = types.oneOf [
    types.bool
    types.int
    types.str
  ];
  showValue = value: if builtins.isBool value then lib.boolToYesNo value else toString value;
  lines = lib.generators.toKeyValue {
    mkKeyValue = lib.generators.mkKeyValueDefault { mkValueString = showValue; } " = ";
  };

  poolFile =
    name: pool:
    pkgs.writeText "phpfpm-${name}.conf" (
      "[global]\n"
      + lines cfg.settings
      + "\n[${name}]\n"
      + lines pool.settings
      + lib.concatStrings (lib.mapAttrsToList (variable: value: "env[${variable}] = ${value}\n") pool.phpEnv)
    );
  iniFile = name: pool: pkgs.writeText "php-${name}.ini" pool.phpOptions;

  poolType = types.submodule (
    { name, config, ... }:
    {
      options = {
        socket = mkOption {
          type = types.str;
          readOnly = true;
          default = if config.listen == "" then "/run/phpfpm/${name}.sock" else config.listen;
          description = "Where the pool listens.";
        };
        listen = mkOption {
          type = types.str;
          default = "";
          example = "/path/to/unix/socket";
          description = "Where the pool listens; empty is a socket in `/run/phpfpm`.";
        };
        user = mkOption {
          type = types.str;
          description = "User as whom the pool runs.";
        };
        group = mkOption {
          type = types.str;
          description = "Group as which the pool runs.";
        };
        phpOptions = mkOption {
          type = types.lines;
          default = cfg.phpOptions;
          defaultText = lib.literalExpression "config.services.phpfpm.phpOptions";
          description = "Text of php.ini.";
        };
        phpEnv = mkOption {
          type = types.attrsOf types.str;
          default = { };
          example.TMPDIR = "/tmp";
          description = "Environment variables.";
        };
        settings = mkOption {
          type = types.attrsOf atom;
          default = { };
          example = {
            "pm" = "dynamic";
            "pm.max_children" = 75;
          };
          description = "Settings of the pool, as PHP-FPM names them.";
        };
      };
      config.settings = {
        listen = config.socket;
        user = lib.mkDefault config.user;
        group = lib.mkDefault config.group;
      };
    }
  );
in
{
  options.services.phpfpm = {
    settings = mkOption {
      type = types.attrsOf atom;
      default = { };
      description = "Settings of all pools.";
    };
    phpOptions = mkOption {
      type = types.lines;
      default = "";
      example = ''date.timezone = "CET"'';
      description = "Text of php.ini for all pools.";
    };
    pools = mkOption {
      type = types.attrsOf poolType;
      default = { };
      example.mypool = {
        user = "php";
        group = "php";
        settings = {
          "pm" = "dynamic";
          "pm.max_children" = 5;
          "pm.start_servers" = 2;
          "pm.min_spare_servers" = 1;
          "pm.max_spare_servers" = 3;
        };
      };
      description = "Pools by name.";
    };
  };

  config = mkIf (cfg.pools != { }) {
    services.phpfpm.settings = {
      error_log = "syslog";
      daemonize = false;
    };
    systemd.slices.system-phpfpm.description = "PHP FastCGI Process Manager slice";
    systemd.targets.phpfpm = {
      description = "PHP FastCGI Process manager pools target";
      wantedBy = [ "multi-user.target" ];
    };
    systemd.services = lib.mapAttrs' (
      name: pool:
      lib.nameValuePair "phpfpm-${name}" {
        description = "PHP FastCGI Process Manager service for pool ${name}";
        after = [ "network.target" ];
        wantedBy = [ "phpfpm.target" ];
        partOf = [ "phpfpm.target" ];
        serviceConfig = {
          Slice = "system-phpfpm.slice";
          Type = "notify";
          ExecStart = "${package}/bin/php-fpm8.4 -y ${poolFile name pool} -c ${iniFile name pool}";
          ExecReload = "${pkgs.procps}/bin/kill -USR2 $MAINPID";
          RuntimeDirectory = "phpfpm";
          RuntimeDirectoryPreserve = true;
          Restart = "always";
          PrivateDevices = true;
          PrivateTmp = true;
          ProtectSystem = "full";
          ProtectHome = true;
          RestrictAddressFamilies = "AF_UNIX AF_INET AF_INET6 AF_NETLINK";
        };
      }
    ) cfg.pools;
  };
}
