# A virtual machine of a hosting company, with systemd-networkd.
{ modulesPath, lib, pkgs, ... }:
{
  imports = [ (modulesPath + "/profiles/qemu-guest.nix") (modulesPath + "/profiles/minimal.nix") (modulesPath + "/profiles/headless.nix") ];
  boot.loader.grub.device = "/dev/vda";
  boot.growPartition = true;
  fileSystems."/" = { device = "/dev/vda1"; fsType = "btrfs"; options = [ "subvol=root" "compress=zstd" "noatime" ]; autoResize = false; };
  networking = { hostName = "vm"; useNetworkd = true; useDHCP = false; firewall.logRefusedConnections = false; };
  systemd.network = {
    enable = true;
    networks."10-wan" = {
      matchConfig.Name = "ens3";
      networkConfig = { DHCP = "ipv4"; IPv6AcceptRA = false; };
      address = [ "2001:db8::1/64" ];
      routes = [ { Gateway = "fe80::1"; } ];
    };
  };
  services.qemuGuest.enable = true;
  services.openssh = { enable = true; startWhenNeeded = true; };
  services.caddy = { enable = true; email = "me@example.org"; virtualHosts."example.org".extraConfig = "reverse_proxy localhost:3000"; };
  services.bind = { enable = true; zones."example.org" = { master = true; file = pkgs.writeText "zone" "$TTL 3600\n"; }; };
  services.postfix = { enable = true; settings.main.relayhost = [ "mail.example.org:25" ]; };
  services.haproxy = { enable = true; config = "defaults\n  mode http\n"; };
  services.mysql = { enable = true; package = pkgs.mariadb; };
  services.btrfs.autoScrub = { enable = true; interval = "weekly"; fileSystems = [ "/" ]; };
  documentation.enable = false;
  environment.defaultPackages = lib.mkForce [ ];
  users.users.root.initialHashedPassword = "";
  nix.optimise.automatic = true;
  system.stateVersion = "25.11";
}
