# A workstation with Sway, an encrypted disk with btrfs, hardened here and there.
{ pkgs, config, lib, ... }:
{
  boot.loader.systemd-boot.enable = true;
  boot.initrd.availableKernelModules = [ "nvme" "xhci_pci" ];
  boot.initrd.luks.devices.crypt = { device = "/dev/disk/by-partlabel/crypt"; allowDiscards = true; };
  fileSystems =
    let
      subvolume = name: { device = "/dev/mapper/crypt"; fsType = "btrfs"; options = [ "subvol=${name}" "compress=zstd" "noatime" ]; };
    in
    {
      "/" = subvolume "root";
      "/home" = subvolume "home";
      "/nix" = subvolume "nix" // { neededForBoot = true; };
      "/boot" = { device = "/dev/disk/by-label/EFI"; fsType = "vfat"; };
      "/tmp" = { device = "tmpfs"; fsType = "tmpfs"; };
    };
  swapDevices = [ { device = "/swap/swapfile"; size = 8192; } ];
  networking.hostName = "sway";
  networking.wg-quick.interfaces.vpn = { address = [ "10.0.0.2/32" ]; dns = [ "10.0.0.1" ]; privateKeyFile = "/etc/secrets/vpn"; peers = [ { publicKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="; allowedIPs = [ "0.0.0.0/0" ]; endpoint = "vpn.example.org:51820"; } ]; };
  networking.networkmanager.enable = true;
  programs.sway = { enable = true; wrapperFeatures.gtk = true; extraPackages = with pkgs; [ swaylock swayidle foot dmenu wmenu ]; };
  xdg.portal.wlr.enable = true;
  security.apparmor.enable = true;
  security.audit.enable = true;
  security.auditd.enable = true;
  security.doas = { enable = true; extraRules = [ { users = [ "max" ]; keepEnv = true; persist = true; } ]; };
  security.sudo.enable = false;
  security.tpm2 = { enable = true; pkcs11.enable = true; };
  services.pcscd.enable = true;
  services.fprintd.enable = true;
  services.earlyoom.enable = true;
  services.acpid.enable = true;
  services.spice-vdagentd.enable = true;
  services.geoclue2.enable = true;
  hardware.logitech.wireless = { enable = true; enableGraphical = true; };
  hardware.sensor.iio.enable = true;
  programs.wireshark.enable = true;
  programs.java.enable = true;
  programs.chromium = { enable = true; extensions = [ "cjpalhdlnbpafiamejdnhcphjbkeiagm" ]; };
  containers.test = { autoStart = false; privateNetwork = true; hostAddress = "192.168.100.1"; localAddress = "192.168.100.2"; config = { ... }: { services.httpd.enable = true; system.stateVersion = "25.11"; }; };
  specialisation.plain.configuration = { programs.sway.enable = lib.mkForce false; };
  users.users.max = { isNormalUser = true; extraGroups = [ "wheel" "wireshark" ]; };
  nix.registry.nixpkgs.to = { type = "path"; path = pkgs.path; };
  nix.nixPath = [ "nixpkgs=${pkgs.path}" ];
  system.stateVersion = "25.05";
}
