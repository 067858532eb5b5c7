# logrotate: old logs are put aside, and in the end deleted.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    mkIf
    mkOption
    types
    ;

  cfg = config.services.logrotate;

  scripts = [
    "prerotate"
    "postrotate"
    "firstaction"
    "lastaction"
    "preremove"
  ];
  own = [
    "enable"
    "files"
    "frequency"
    "global"
    "priority"
  ];

  directive =
    key: value:
    if builtins.elem key scripts then
      "${key}\n${value}\nendscript\n"
    else if value == true then
      "${key}\n"
    else if value == false then
      "no${key}\n"
    else if value == null then
      ""
    else
      "${key} ${toString value}\n";
  directives =
    entry:
    lib.optionalString (entry.frequency != null) "${entry.frequency}\n"
    + lib.concatStrings (lib.mapAttrsToList directive (builtins.removeAttrs entry own));

  block =
    entry:
    if entry.global then
      directives entry
    else
      "${lib.concatMapStringsSep " " (file: ''"${file}"'') (lib.toList entry.files)} {\n${directives entry}}\n";

  # Directives for all files come before those for some.
  entries = lib.sortOn (entry: if entry.global then -1 else entry.priority) (
    builtins.filter (entry: entry.enable) (builtins.attrValues cfg.settings)
  );
  configFile = pkgs.writeText "logrotate.conf" (lib.concatMapStrings block entries);

  entryType = types.submodule (
    { name, ... }:
    {
      freeformType = types.attrsOf (
        types.nullOr (
          types.oneOf [
            types.bool
            types.int
            types.str
          ]
        )
      );
      options = {
        enable = mkOption {
          type = types.bool;
          default = true;
          description = "Whether this entry counts.";
        };
        global = mkOption {
          type = types.bool;
          default = name == "header";
          defaultText = lib.literalExpression ''name == "header"'';
          description = "Whether it is about all files.";
        };
        files = mkOption {
          type = types.either types.str (types.listOf types.str);
          default = name;
          description = "Patterns of the files that it is about.";
        };
        frequency = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "daily";
          description = "How often a log is put aside.";
        };
        priority = mkOption {
          type = types.int;
          default = 1000;
          description = "Place among the entries: smaller is earlier.";
        };
      };
    }
  );
in
{
  options.services.logrotate = {
    enable = mkOption {
      type = types.bool;
      default = builtins.any (entry: entry.enable && !entry.global) (builtins.attrValues cfg.settings);
      defaultText = lib.literalMD "whether there are logs to rotate";
      description = "Whether logs are rotated.";
    };
    settings = mkOption {
      type = types.attrsOf entryType;
      default = { };
      example."/var/log/mail.log" = {
        frequency = "weekly";
        rotate = 3;
      };
      description = "What is done with logs, by name or by file, in the words of logrotate(8).";
    };
    extraArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--verbose" ];
      description = "Arguments of logrotate.";
    };
  };

  config.services.logrotate.settings.header = {
    frequency = lib.mkDefault "weekly";
    rotate = lib.mkDefault 4;
    missingok = lib.mkDefault true;
    notifempty = lib.mkDefault true;
    create = lib.mkDefault true;
  };

  config.systemd = mkIf cfg.enable {
    services.logrotate = {
      description = "Logrotate Service";
      documentation = [ "man:logrotate(8)" ];
      startAt = "hourly";
      path = [ pkgs.gzip ];
      serviceConfig = {
        Type = "oneshot";
        StateDirectory = "logrotate";
        ExecStart = "${pkgs.logrotate}/bin/logrotate --state /var/lib/logrotate/status ${lib.escapeShellArgs cfg.extraArgs} ${configFile}";
        Nice = 19;
        IOSchedulingClass = "best-effort";
        IOSchedulingPriority = 7;
        PrivateDevices = true;
        PrivateNetwork = true;
        PrivateTmp = true;
        ProtectClock = true;
        ProtectControlGroups = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        ProtectSystem = "full";
        RestrictNamespaces = true;
        RestrictRealtime = true;
      };
    };
  };
}
