# A router: nftables, DHCP and DNS for the house, WireGuard.
{ config, pkgs, lib, ... }:
{
  imports = [ ./hardware.nix ];
  boot.loader.systemd-boot.enable = true;
  boot.kernel.sysctl = { "net.ipv4.conf.all.forwarding" = true; "net.ipv6.conf.all.forwarding" = true; };
  networking = {
    hostName = "router";
    useDHCP = false;
    nftables.enable = true;
    nftables.ruleset = ''
      table inet mangle {
        chain forward { type filter hook forward priority mangle; tcp flags syn tcp option maxseg size set rt mtu; }
      }
    '';
    vlans = { iot = { id = 20; interface = "lan0"; }; };
    bridges.br0.interfaces = [ "lan0" "lan1" ];
    interfaces.wan0.useDHCP = true;
    interfaces.br0.ipv4.addresses = [ { address = "192.168.1.1"; prefixLength = 24; } ];
    interfaces.iot.ipv4.addresses = [ { address = "192.168.20.1"; prefixLength = 24; } ];
    nat = { enable = true; externalInterface = "wan0"; internalInterfaces = [ "br0" "wg0" ]; forwardPorts = [ { sourcePort = 443; destination = "192.168.1.10:443"; proto = "tcp"; } ]; };
    firewall = { trustedInterfaces = [ "br0" ]; allowedUDPPorts = [ 51820 ]; interfaces.iot = { allowedUDPPorts = [ 53 67 ]; }; allowPing = true; };
    wireguard.interfaces.wg0 = {
      ips = [ "10.100.0.1/24" ];
      listenPort = 51820;
      privateKeyFile = "/etc/secrets/wg0";
      peers = [ { publicKey = "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg="; allowedIPs = [ "10.100.0.2/32" ]; persistentKeepalive = 25; } ];
    };
    extraHosts = "192.168.1.10 nas.lan";
  };
  services.dnsmasq = {
    enable = true;
    settings = { interface = [ "br0" "iot" ]; dhcp-range = [ "br0,192.168.1.100,192.168.1.200,12h" ]; server = [ "127.0.0.1#5335" ]; domain = "lan"; };
  };
  services.unbound = { enable = true; settings.server = { interface = [ "127.0.0.1" ]; port = 5335; access-control = [ "127.0.0.0/8 allow" ]; }; };
  services.chrony.enable = true;
  services.avahi = { enable = true; reflector = true; allowInterfaces = [ "br0" "iot" ]; };
  services.openssh = { enable = true; openFirewall = false; settings.PasswordAuthentication = false; };
  services.irqbalance.enable = true;
  services.iperf3 = { enable = true; openFirewall = true; };
  environment.systemPackages = with pkgs; [ tcpdump ethtool conntrack wireguard-tools dnsutils iftop mtr ];
  system.stateVersion = "24.05";
}
