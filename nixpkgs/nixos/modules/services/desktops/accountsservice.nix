# AccountsService: users as display managers and desktops show them.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.accounts-daemon;
in
{
  options.services.accounts-daemon = {
    enable = lib.mkEnableOption "AccountsService, which tells desktops of users";
    package = lib.mkPackageOption pkgs "accountsservice" { };
  };

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ cfg.package ];
    services.dbus.packages = [ cfg.package ];
    systemd.packages = [ cfg.package ];
    security.polkit.enable = true;
  };
}
