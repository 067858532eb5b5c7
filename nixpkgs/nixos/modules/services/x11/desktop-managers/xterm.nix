# A session that is a terminal.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.xserver.desktopManager.xterm;
in
{
  options.services.xserver.desktopManager.xterm.enable = lib.mkEnableOption "a session that is one terminal, for what goes wrong in others";

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.xterm ];
    services.displayManager.sessionPackages = [
      (pkgs.writeTextFile {
        name = "xterm-session";
        destination = "/share/xsessions/xterm.desktop";
        text = lib.generators.toINI { } {
          "Desktop Entry" = {
            Name = "xterm";
            Comment = "One terminal";
            Exec = "${pkgs.xterm}/bin/xterm -ls";
            Type = "Application";
          };
        };
        passthru.providedSessions = [ "xterm" ];
      })
    ];
  };
}
