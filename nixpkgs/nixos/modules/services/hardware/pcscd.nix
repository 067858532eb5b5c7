# PC/SC: smart cards.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.pcscd;
in
{
  options.services.pcscd = {
    enable = lib.mkEnableOption "the smart card daemon";
    package = lib.mkPackageOption pkgs "pcscd" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    environment.etc."reader.conf".text = "";
    system.usrTree.packages = [ pkgs.libccid ];
    services.udev.packages = [ pkgs.libccid ];
    security.polkit.enable = true;
    systemd.sockets.pcscd = {
      description = "PC/SC Smart Card Daemon Activation Socket";
      wantedBy = [ "sockets.target" ];
      listenStreams = [ "/run/pcscd/pcscd.comm" ];
    };
    systemd.services.pcscd = {
      description = "PC/SC Smart Card Daemon";
      requires = [ "pcscd.socket" ];
      serviceConfig.ExecStart = "${cfg.package}/bin/pcscd --foreground --auto-exit";
    };
  };
}
