# systemd-timesyncd, a small client that keeps the clock right.
{ config, lib, ... }:
let
  inherit (lib)
    concatStringsSep
    mkIf
    mkOption
    optionalString
    types
    ;

  cfg = config.services.timesyncd;
in
{
  options.services.timesyncd = {
    enable = mkOption {
      type = types.bool;
      default = !config.boot.isContainer;
      defaultText = lib.literalExpression "!config.boot.isContainer";
      description = "Whether systemd-timesyncd keeps the clock right.";
    };

    servers = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = config.networking.timeServers;
      defaultText = lib.literalExpression "config.networking.timeServers";
      description = "Servers to ask; `null` keeps systemd's own.";
    };

    fallbackServers = mkOption {
      type = types.nullOr (types.listOf types.str);
      default = null;
      description = "Servers to ask when none of the others is known; `null` keeps systemd's own.";
    };

    extraConfig = mkOption {
      type = types.lines;
      default = "";
      example = "PollIntervalMaxSec=180";
      description = "Lines that are added to the section `[Time]` of timesyncd.conf(5).";
    };
  };

  config = mkIf cfg.enable {
    users.users.systemd-timesync = {
      isSystemUser = true;
      group = "systemd-timesync";
    };
    users.groups.systemd-timesync = { };

    environment.etc."systemd/timesyncd.conf".text = ''
      [Time]
      ${optionalString (cfg.servers != null) "NTP=${concatStringsSep " " cfg.servers}"}
      ${optionalString (cfg.fallbackServers != null) "FallbackNTP=${concatStringsSep " " cfg.fallbackServers}"}
      ${cfg.extraConfig}
    '';

    systemd.additionalUpstreamSystemUnits = [ "systemd-timesyncd.service" ];
    systemd.services.systemd-timesyncd = {
      wantedBy = [ "sysinit.target" ];
      aliases = [ "dbus-org.freedesktop.timesync1.service" ];
      restartTriggers = [ config.environment.etc."systemd/timesyncd.conf".source ];
    };
  };
}
