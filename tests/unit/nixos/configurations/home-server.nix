# A server at home: files, media, containers, ZFS, monitoring.
{ config, pkgs, lib, ... }:
{
  imports = [ ./hardware.nix ];
  boot.loader.grub = { enable = true; device = "nodev"; efiSupport = true; };
  boot.loader.efi = { canTouchEfiVariables = true; efiSysMountPoint = "/boot"; };
  boot.supportedFilesystems = [ "zfs" ];
  boot.zfs = { forceImportRoot = false; extraPools = [ "tank" ]; };
  boot.kernel.sysctl = { "net.core.rmem_max" = 2500000; "vm.swappiness" = 10; "net.ipv4.ip_forward" = 1; };
  services.zfs = { autoScrub.enable = true; autoSnapshot = { enable = true; monthly = 3; }; trim.enable = true; };
  fileSystems."/mnt/backup" = { device = "nas.lan:/volume1/backup"; fsType = "nfs"; options = [ "x-systemd.automount" "noauto" "nofail" ]; };
  networking = { hostName = "nas"; hostId = "8425e349"; firewall.enable = true; firewall.allowedTCPPorts = [ 3000 8096 9090 ]; };
  services.resolved.enable = true;
  services.samba = {
    enable = true;
    openFirewall = true;
    settings = {
      global = { workgroup = "WORKGROUP"; "server string" = "nas"; security = "user"; "hosts allow" = "192.168.1. 127.0.0.1"; };
      media = { path = "/tank/media"; browseable = "yes"; "read only" = "no"; "guest ok" = "no"; };
    };
  };
  services.samba-wsdd = { enable = true; openFirewall = true; };
  services.nfs.server = { enable = true; exports = "/tank/media 192.168.1.0/24(rw,no_subtree_check)"; };
  services.avahi = { enable = true; publish = { enable = true; userServices = true; }; };
  services.transmission = { enable = true; openFirewall = true; settings = { download-dir = "/tank/downloads"; rpc-bind-address = "0.0.0.0"; rpc-whitelist = "192.168.1.*"; }; };
  virtualisation.docker = { enable = true; autoPrune.enable = true; storageDriver = "zfs"; };
  virtualisation.oci-containers = {
    backend = "docker";
    containers.homepage = { image = "ghcr.io/gethomepage/homepage:latest"; ports = [ "3001:3000" ]; volumes = [ "/srv/homepage:/app/config" ]; environment.TZ = "Europe/Rome"; extraOptions = [ "--pull=always" ]; };
  };
  virtualisation.libvirtd.enable = true;
  services.prometheus = {
    enable = true;
    exporters.node.enable = true;
    scrapeConfigs = [ { job_name = "node"; static_configs = [ { targets = [ "localhost:9100" ]; } ]; } ];
    alertmanager = { enable = true; configuration = { route.receiver = "none"; receivers = [ { name = "none"; } ]; }; };
  };
  services.smartd = { enable = true; notifications.mail.enable = false; };
  services.syncthing = { enable = true; user = "paolo"; dataDir = "/home/paolo"; configDir = "/home/paolo/.config/syncthing"; };
  services.borgbackup.jobs.home = { paths = "/home"; repo = "/tank/borg"; encryption.mode = "none"; startAt = "daily"; };
  services.cron = { enable = true; systemCronJobs = [ "0 4 * * * root zpool status -x" ]; };
  services.openssh.enable = true;
  services.radicale = { enable = true; settings.server.hosts = [ "0.0.0.0:5232" ]; };
  services.fstrim.enable = true;
  services.locate.enable = true;
  services.btrfs.autoScrub.enable = false;
  users.groups.media = { };
  users.users.paolo = { isNormalUser = true; uid = 1000; extraGroups = [ "wheel" "docker" "media" "libvirtd" ]; initialPassword = "changeme"; };
  environment.systemPackages = with pkgs; [ zfs smartmontools lm_sensors iotop ];
  programs.msmtp = { enable = true; accounts.default = { host = "mail.example.org"; from = "nas@example.org"; auth = true; user = "nas"; passwordeval = "cat /etc/secrets/mail"; }; };
  nixpkgs.config.allowUnfree = true;
  time.timeZone = "Europe/Rome";
  system.stateVersion = "23.11";
}
