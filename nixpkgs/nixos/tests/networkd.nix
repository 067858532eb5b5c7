# networkd gives addresses, routes and names as the configuration says.
import ./make-test-python.nix (
  { lib, ... }:
  {
    name = "networkd";
    nodes.machine = {
      networking = {
        useNetworkd = true;
        useDHCP = false;
        interfaces = lib.mkForce { };
      };
      systemd.network = {
        enable = true;
        networks."10-lan" = {
          matchConfig.Name = "eth1";
          address = [ "10.5.0.1/16" ];
          routes = [
            {
              Destination = "10.6.0.0/16";
              Gateway = "10.5.0.2";
            }
          ];
        };
        netdevs."20-dummy".netdevConfig = {
          Name = "dum0";
          Kind = "dummy";
        };
      };
    };
    testScript = ''
      machine.wait_for_unit("systemd-networkd.service")
      machine.wait_until_succeeds("ip address show eth1 | grep -q 'inet 10.5.0.1/16'")
      machine.wait_until_succeeds("ip route | grep -q '10.6.0.0/16 via 10.5.0.2'")
      machine.wait_until_succeeds("ip link show dum0")
    '';
  }
)
