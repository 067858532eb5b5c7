# chrony, a client and server of time.
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

  cfg = config.services.chrony;
  configFile = pkgs.writeText "chrony.conf" ''
    ${concatMapStrings (
      server: "server ${server} ${cfg.serverOption}${optionalString cfg.enableNTS " nts"}\n"
    ) cfg.servers}
    ${optionalString (
      cfg.initstepslew.enabled && cfg.servers != [ ]
    ) "initstepslew ${toString cfg.initstepslew.threshold} ${toString cfg.servers}"}
    driftfile ${cfg.directory}/chrony.drift
    keyfile ${cfg.directory}/chrony.keys
    ${optionalString (!config.time.hardwareClockInLocalTime) "rtconutc"}
    ${optionalString cfg.enableRTCTrimming "rtcfile ${cfg.directory}/chrony.rtc"}
    ${cfg.extraConfig}
  '';
in
{
  options.services.chrony = {
    enable = mkEnableOption "chrony";
    package = lib.mkPackageOption pkgs "chrony" { };
    servers = mkOption {
      type = types.listOf types.str;
      default = config.networking.timeServers;
      defaultText = lib.literalExpression "config.networking.timeServers";
      description = "Servers to ask.";
    };
    serverOption = mkOption {
      type = types.enum [
        "iburst"
        "offline"
      ];
      default = "iburst";
      description = "Whether servers are asked at once, or only when told that there is a network.";
    };
    enableNTS = mkOption {
      type = types.bool;
      default = false;
      description = "Whether servers must prove who they are.";
    };
    enableMemoryLocking = mkOption {
      type = types.bool;
      default = true;
      description = "Whether chronyd stays in memory, so that no page that is read back delays its answers.";
    };
    enableRTCTrimming = mkOption {
      type = types.bool;
      default = true;
      description = "Whether the hardware clock's drift is measured.";
    };
    initstepslew = {
      enabled = mkOption {
        type = types.bool;
        default = true;
        description = "Whether a clock that is far off is set at once at start.";
      };
      threshold = mkOption {
        type = types.either types.float types.int;
        default = 1000;
        description = "Seconds from which on the clock counts as far off.";
      };
    };
    directory = mkOption {
      type = types.str;
      default = "/var/lib/chrony";
      description = "Folder of what chrony remembers.";
    };
    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "allow 192.168.0.0/16";
      description = "Text at the end of chrony.conf(5).";
    };
    extraFlags = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "-s" ];
      description = "Arguments of chronyd.";
    };
  };

  config = mkIf cfg.enable {
    services.timesyncd.enable = lib.mkForce false;
    environment.systemPackages = [ cfg.package ];

    users.users.chrony = {
      uid = config.ids.uids.chrony;
      group = "chrony";
      description = "chrony daemon user";
      isSystemUser = true;
      home = cfg.directory;
    };
    users.groups.chrony.gid = config.ids.gids.chrony;

    systemd.tmpfiles.rules = [
      "d ${cfg.directory} 0750 chrony chrony - -"
      "f ${cfg.directory}/chrony.keys 0640 root chrony - -"
    ];

    systemd.services.chronyd = {
      description = "chrony NTP daemon";
      wantedBy = [ "multi-user.target" ];
      wants = [ "time-sync.target" ];
      before = [ "time-sync.target" ];
      after = [
        "network.target"
        "nss-lookup.target"
      ];
      conflicts = [ "systemd-timesyncd.service" ];
      aliases = [ "chrony.service" ];
      unitConfig.ConditionCapability = "CAP_SYS_TIME";
      serviceConfig = {
        Type = "simple";
        ExecStart = "${cfg.package}/bin/chronyd -n ${optionalString cfg.enableMemoryLocking "-m "}-u chrony -f ${configFile} ${lib.escapeShellArgs cfg.extraFlags}";
        RuntimeDirectory = "chrony";
        ProtectHome = true;
        ProtectSystem = "strict";
        ReadWritePaths = [ cfg.directory ];
        PrivateTmp = true;
        ProtectControlGroups = true;
        ProtectKernelModules = true;
        ProtectKernelLogs = true;
        ProtectHostname = true;
        RestrictNamespaces = true;
        RestrictSUIDSGID = true;
        LockPersonality = true;
        MemoryDenyWriteExecute = true;
        SystemCallArchitectures = "native";
      };
    };
  };
}
