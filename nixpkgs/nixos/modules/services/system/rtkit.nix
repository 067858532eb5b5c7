# RealtimeKit: lets programs such as PipeWire have a processor when they need it.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.security.rtkit;
in
{
  options.security.rtkit = {
    enable = lib.mkEnableOption "RealtimeKit, which gives users' processes a realtime priority on demand";
    args = lib.mkOption {
      type = lib.types.listOf lib.types.str;
      default = [ ];
      example = [ "--our-realtime-priority=29" ];
      description = "Arguments of rtkit-daemon.";
    };
  };

  config = lib.mkIf cfg.enable {
    security.polkit.enable = true;
    environment.systemPackages = [ pkgs.rtkit ];
    services.dbus.packages = [ pkgs.rtkit ];
    systemd.packages = [ pkgs.rtkit ];
    systemd.services.rtkit-daemon.serviceConfig = lib.mkIf (cfg.args != [ ]) {
      ExecStart = [
        ""
        "${pkgs.rtkit}/libexec/rtkit-daemon ${lib.escapeShellArgs cfg.args}"
      ];
    };
    users.users.rtkit = {
      isSystemUser = true;
      group = "rtkit";
      description = "RealtimeKit daemon";
    };
    users.groups.rtkit = { };
  };
}
