# Jellyfin. Debian has no package of it: `services.jellyfin.package` has to name one.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkEnableOption mkIf mkOption types;
  cfg = config.services.jellyfin;
  folder =
    default: description:
    mkOption {
      type = types.path;
      inherit default description;
    };
in
{
  options.services.jellyfin = {
    enable = mkEnableOption "Jellyfin";
    package = lib.mkPackageOption pkgs "jellyfin" { };
    user = mkOption {
      type = types.str;
      default = "jellyfin";
      description = "User as whom Jellyfin runs.";
    };
    group = mkOption {
      type = types.str;
      default = "jellyfin";
      description = "Group as which Jellyfin runs.";
    };
    dataDir = folder "/var/lib/jellyfin" "Folder of the data.";
    configDir = folder "${cfg.dataDir}/config" "Folder of the settings.";
    cacheDir = folder "/var/cache/jellyfin" "Folder of what can be made again.";
    logDir = folder "${cfg.dataDir}/log" "Folder of the logs.";
    openFirewall = mkOption {
      type = types.bool;
      default = false;
      description = "Whether the firewall lets Jellyfin's ports in.";
    };
  };

  config = mkIf cfg.enable {
    users.users = lib.optionalAttrs (cfg.user == "jellyfin") {
      jellyfin = {
        inherit (cfg) group;
        isSystemUser = true;
      };
    };
    users.groups = lib.optionalAttrs (cfg.group == "jellyfin") { jellyfin = { }; };
    networking.firewall = mkIf cfg.openFirewall {
      allowedTCPPorts = [
        8096
        8920
      ];
      allowedUDPPorts = [
        1900
        7359
      ];
    };
    systemd.tmpfiles.rules = map (path: "d ${path} 0700 ${cfg.user} ${cfg.group} - -") [
      cfg.dataDir
      cfg.configDir
      cfg.cacheDir
      cfg.logDir
    ];
    systemd.services.jellyfin = {
      description = "Jellyfin Media Server";
      wants = [ "network-online.target" ];
      after = [ "network-online.target" ];
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        User = cfg.user;
        Group = cfg.group;
        UMask = "0077";
        WorkingDirectory = cfg.dataDir;
        ExecStart = "${cfg.package}/bin/jellyfin --datadir '${cfg.dataDir}' --configdir '${cfg.configDir}' --cachedir '${cfg.cacheDir}' --logdir '${cfg.logDir}'";
        Restart = "on-failure";
        TimeoutSec = 15;
        SuccessExitStatus = "0 143";
        NoNewPrivileges = true;
        SystemCallArchitectures = "native";
        RestrictNamespaces = true;
        RestrictRealtime = true;
        RestrictSUIDSGID = true;
        ProtectControlGroups = true;
        ProtectHostname = true;
        ProtectKernelLogs = true;
        ProtectKernelModules = true;
        ProtectKernelTunables = true;
        LockPersonality = true;
        PrivateTmp = true;
        RemoveIPC = true;
      };
    };
  };
}
