# NetworkManager's applet.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.programs.nm-applet;
in
{
  options.programs.nm-applet = {
    enable = lib.mkEnableOption "NetworkManager's applet in sessions";
    package = lib.mkPackageOption pkgs "networkmanagerapplet" { };
    indicator = lib.mkOption {
      type = lib.types.bool;
      default = true;
      description = "Whether it is an indicator, as desktops on Wayland want it.";
    };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    systemd.user.services.nm-applet = {
      description = "NetworkManager's applet";
      wantedBy = [ "graphical-session.target" ];
      partOf = [ "graphical-session.target" ];
      serviceConfig.ExecStart = "${cfg.package}/bin/nm-applet${lib.optionalString cfg.indicator " --indicator"}";
    };
  };
}
