# A desktop with GNOME, for games and work.
{ config, pkgs, lib, ... }:
{
  imports = [ ./hardware.nix ];
  boot.loader.systemd-boot.enable = true;
  boot.loader.timeout = 3;
  boot.binfmt.emulatedSystems = [ "aarch64-linux" ];
  boot.extraModprobeConfig = "options kvm_intel nested=1";
  networking.hostName = "tower";
  networking.networkmanager.enable = true;
  services.xserver.enable = true;
  services.xserver.displayManager.gdm.enable = true;
  services.xserver.desktopManager.gnome.enable = true;
  services.xserver.videoDrivers = [ "amdgpu" ];
  services.displayManager.autoLogin = { enable = true; user = "sam"; };
  systemd.services."getty@tty1".enable = false;
  systemd.services."autovt@tty1".enable = false;
  environment.gnome.excludePackages = with pkgs; [ totem yelp ];
  services.gnome.gnome-keyring.enable = true;
  services.udev.packages = [ pkgs.gnome-settings-daemon ];
  programs.dconf.enable = true;
  services.flatpak.enable = true;
  programs.gamemode.enable = true;
  virtualisation.podman = { enable = true; dockerCompat = true; defaultNetwork.settings.dns_enabled = true; };
  virtualisation.libvirtd = { enable = true; qemu.swtpm.enable = true; };
  programs.virt-manager.enable = true;
  virtualisation.spiceUSBRedirection.enable = true;
  programs.nix-ld = { enable = true; libraries = with pkgs; [ zlib openssl ]; };
  programs.fish.enable = true;
  users.users.sam = { isNormalUser = true; shell = pkgs.fish; extraGroups = [ "wheel" "networkmanager" "libvirtd" "podman" ]; };
  i18n.inputMethod = { enable = true; type = "ibus"; ibus.engines = with pkgs; [ ibus-mozc ]; };
  security.pam.loginLimits = [ { domain = "@wheel"; type = "soft"; item = "nofile"; value = "524288"; } ];
  services.hardware.bolt.enable = true;
  qt = { enable = true; platformTheme = "gnome"; style = "adwaita-dark"; };
  nixpkgs.config.allowUnfree = true;
  environment.sessionVariables.NIXOS_OZONE_WL = "1";
  system.stateVersion = "25.11";
}
