# dnsmasq answers for its own names, and gives addresses to other machines.
import ./make-test-python.nix (
  { lib, pkgs, ... }:
  {
    name = "dnsmasq";
    nodes = {
      server = {
        networking.firewall.enable = false;
        services.dnsmasq = {
          enable = true;
          resolveLocalQueries = false;
          settings = {
            interface = "eth1";
            bind-interfaces = true;
            address = "/printer.lan/10.1.2.3";
            dhcp-range = "192.168.1.100,192.168.1.150,1h";
          };
        };
      };
      client = {
        networking.interfaces.eth1 = {
          ipv4.addresses = lib.mkForce [ ];
          useDHCP = true;
        };
        environment.systemPackages = [ pkgs.dnsutils ];
      };
    };
    testScript = ''
      start_all()
      server.wait_for_unit("dnsmasq.service")
      client.wait_until_succeeds("ip -4 address show eth1 | grep -q 'inet 192.168.1.1[0-4]'")
      t.assertEqual(client.succeed("dig +short @192.168.1.2 printer.lan").strip(), "10.1.2.3")
    '';
  }
)
