# GNOME Keyring: passwords and keys of users, unlocked when they log in.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.gnome.gnome-keyring;
in
{
  options.services.gnome.gnome-keyring.enable = lib.mkEnableOption "GNOME Keyring";

  config = lib.mkIf cfg.enable {
    environment.systemPackages = [ pkgs.gnome-keyring ];
    services.dbus.packages = [
      pkgs.gnome-keyring
      pkgs.gcr4
    ];
    systemd.packages = [ pkgs.gnome-keyring ];
    security.pam.services.login.enableGnomeKeyring = true;
    security.wrappers.gnome-keyring-daemon = {
      owner = "root";
      group = "root";
      # Keys in memory are not to reach the disk.
      capabilities = "cap_ipc_lock=ep";
      source = "${pkgs.gnome-keyring}/bin/gnome-keyring-daemon";
    };
  };
}
