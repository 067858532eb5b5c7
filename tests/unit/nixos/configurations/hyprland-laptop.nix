# A laptop with Hyprland and a greeter in text.
{ pkgs, lib, config, ... }:
{
  imports = [ ./hardware.nix ];
  boot.loader.systemd-boot.enable = true;
  boot.initrd.systemd.enable = lib.mkDefault false;
  networking = { hostName = "hypr"; wireless.iwd.enable = true; networkmanager = { enable = true; wifi.backend = "iwd"; }; };
  programs.hyprland = { enable = true; xwayland.enable = true; };
  programs.waybar.enable = true;
  services.greetd = { enable = true; settings.default_session = { command = "${pkgs.greetd}/bin/agreety --cmd Hyprland"; user = "greeter"; }; };
  security.polkit.enable = true;
  security.pam.services.swaylock = { };
  xdg.portal = { enable = true; extraPortals = [ pkgs.xdg-desktop-portal-gtk ]; };
  services.gvfs.enable = true;
  services.udisks2.enable = true;
  services.dbus.enable = true;
  services.upower.enable = true;
  services.keyd = { enable = true; keyboards.default.settings.main.capslock = "overload(control, esc)"; };
  hardware.bluetooth.enable = true;
  programs.light.enable = true;
  programs.neovim = { enable = true; defaultEditor = true; viAlias = true; };
  programs.starship.enable = true;
  programs.direnv.enable = true;
  programs.git = { enable = true; lfs.enable = true; };
  users.users.eve = { isNormalUser = true; extraGroups = [ "wheel" "video" "input" ]; packages = with pkgs; [ foot wofi mako swaylock grim slurp wl-clipboard ]; };
  users.defaultUserShell = pkgs.zsh;
  programs.zsh.enable = true;
  system.stateVersion = "25.11";
}
