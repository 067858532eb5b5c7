# NetworkManager sets up the connections of the configuration, and those that a user makes.
import ./make-test-python.nix (
  { lib, ... }:
  {
    name = "networkmanager";
    nodes.machine = {
      networking = {
        useDHCP = false;
        interfaces = lib.mkForce { };
        networkmanager = {
          enable = true;
          ensureProfiles.profiles.lan = {
            connection = {
              id = "lan";
              type = "ethernet";
              interface-name = "eth1";
            };
            ipv4 = {
              method = "manual";
              address1 = "10.5.0.1/16";
            };
            ipv6.method = "disabled";
          };
        };
      };
      users.users.alice = {
        isNormalUser = true;
        extraGroups = [ "networkmanager" ];
      };
    };
    testScript = ''
      machine.wait_for_unit("NetworkManager.service")
      machine.wait_until_succeeds("ip address show eth1 | grep -q 'inet 10.5.0.1/16'", timeout=300)
      t.assertIn("eth1:connected:lan", machine.succeed("nmcli -t -f DEVICE,STATE,CONNECTION device"))
      machine.succeed("su - alice -c 'nmcli connection add type dummy ifname dum0 con-name mine ip4 10.7.0.1/24'")
      machine.wait_until_succeeds("ip address show dum0 | grep -q 'inet 10.7.0.1/24'", timeout=120)
    '';
  }
)
