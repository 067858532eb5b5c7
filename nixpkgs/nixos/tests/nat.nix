# A router lets the machines behind it out, under its own address, and forwards ports to them.
import ./make-test-python.nix (
  { lib, pkgs, ... }:
  let
    web = text: {
      wantedBy = [ "multi-user.target" ];
      script = "while true; do echo ${text} | ${pkgs.netcat-openbsd}/bin/nc -lN 80; done";
    };
  in
  {
    name = "nat";
    nodes = {
      inside = {
        virtualisation.vlans = [ 1 ];
        networking.firewall.enable = false;
        networking.defaultGateway = lib.mkForce "192.168.1.3";
        systemd.services.web = web "inside";
      };
      outside = {
        virtualisation.vlans = [ 2 ];
        networking.firewall.enable = false;
        systemd.services.web = web "outside";
      };
      router = {
        virtualisation.vlans = [ 1 2 ];
        networking.nat = {
          enable = true;
          internalInterfaces = [ "eth1" ];
          externalInterface = "eth2";
          forwardPorts = [
            {
              sourcePort = 8080;
              destination = "192.168.1.1:80";
              loopbackIPs = [ "192.168.2.3" ];
            }
          ];
        };
      };
    };
    testScript = ''
      start_all()
      for machine in machines:
          machine.wait_for_unit("multi-user.target")
      router.succeed("iptables -P FORWARD DROP")
      t.assertIn("outside", inside.wait_until_succeeds("nc -w 5 192.168.2.2 80 </dev/null"))
      inside.succeed("ping -c 1 192.168.2.2")
      outside.fail("ping -c 1 -w 3 192.168.1.1")
      t.assertIn("inside", outside.wait_until_succeeds("nc -w 5 192.168.2.3 8080 </dev/null"))
      with subtest("the router and those behind it reach the forwarded port too"):
          t.assertIn("inside", router.wait_until_succeeds("nc -w 5 192.168.2.3 8080 </dev/null"))
          t.assertIn("inside", inside.wait_until_succeeds("nc -w 5 192.168.2.3 8080 </dev/null"))
      with subtest("without the firewall's unit nothing is translated"):
          router.succeed("systemctl stop firewall.service")
          router.fail("systemctl is-active nat.service")
          inside.fail("ping -c 1 -w 3 192.168.2.2")
          router.succeed("systemctl start firewall.service")
          inside.wait_until_succeeds("ping -c 1 192.168.2.2", timeout=60)
    '';
  }
)
