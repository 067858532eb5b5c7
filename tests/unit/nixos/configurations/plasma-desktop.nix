# A desktop with Plasma.
{ pkgs, ... }:
{
  imports = [ ./hardware.nix ];
  boot.loader.systemd-boot.enable = true;
  networking.hostName = "plasma";
  networking.networkmanager.enable = true;
  services.displayManager.sddm = { enable = true; wayland.enable = true; };
  services.desktopManager.plasma6.enable = true;
  environment.plasma6.excludePackages = [ pkgs.kate ];
  services.pipewire = { enable = true; pulse.enable = true; wireplumber.enable = true; };
  programs.kdeconnect.enable = true;
  programs.partition-manager.enable = true;
  programs.steam = { enable = false; remotePlay.openFirewall = true; };
  hardware.steam-hardware.enable = true;
  services.printing.enable = true;
  hardware.sane.enable = true;
  i18n.inputMethod = { enable = true; type = "fcitx5"; fcitx5.addons = with pkgs; [ fcitx5-mozc ]; };
  services.flatpak.enable = true;
  services.power-profiles-daemon.enable = true;
  users.users.kim = { isNormalUser = true; extraGroups = [ "wheel" ]; };
  nixpkgs.config.allowUnfree = true;
  system.stateVersion = "25.11";
}
