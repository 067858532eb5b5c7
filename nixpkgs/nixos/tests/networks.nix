# Machines reach each other by name on their networks, by IPv4 and IPv6, and nothing else.
import ./make-test-python.nix {
  name = "networks";
  nodes = {
    both.virtualisation.vlans = [ 1 2 ];
    one.virtualisation.vlans = [ 1 ];
    two.virtualisation.interfaces.lan0 = {
      vlan = 2;
      assignIP = true;
    };
  };
  testScript = ''
    start_all()
    for machine in machines:
        machine.wait_for_unit("network.target")
    t.assertEqual(one.succeed("getent ahostsv4 both | head -n 1 | cut -d ' ' -f 1").strip(), "192.168.1.1")
    one.wait_until_succeeds("ping -c 1 both")
    two.wait_until_succeeds("ping -c 1 192.168.2.1")
    two.wait_until_succeeds("ping -6 -c 1 2001:db8:2::1")
    one.fail("ping -c 1 -w 3 192.168.2.3")
    two.succeed("ip address show lan0 | grep -q 192.168.2.3/24")
    with subtest("a cable that is pulled"):
        one.block()
        one.fail("ping -c 1 -w 3 192.168.1.1")
        one.unblock()
        one.wait_until_succeeds("ping -c 1 192.168.1.1")
  '';
}
