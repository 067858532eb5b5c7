# What one needs to install or repair a system.
{ lib, pkgs, ... }:
{
  environment.systemPackages = [
    pkgs.cryptsetup-bin
    pkgs.gddrescue
    pkgs.dosfstools
    pkgs.efibootmgr
    pkgs.fuse3
    pkgs.gdisk
    pkgs.hdparm
    pkgs.whois
    pkgs.nvme-cli
    pkgs.parted
    pkgs.pciutils
    pkgs.rsync
    pkgs.screen
    pkgs.sdparm
    pkgs.smartmontools
    pkgs.socat
    pkgs.sshfs
    pkgs.testdisk
    pkgs.unzip
    pkgs.usbutils
    pkgs.vim
    pkgs.w3m
    pkgs.zip
  ];

  boot.supportedFilesystems = lib.mkDefault [
    "btrfs"
    "cifs"
    "f2fs"
    "ntfs"
    "vfat"
    "xfs"
  ];

  networking.hostId = lib.mkDefault "8425e349";
}
