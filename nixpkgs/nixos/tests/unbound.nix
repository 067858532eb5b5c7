# Unbound answers from the data of its configuration, to those it is meant for.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "unbound";
    nodes.machine = {
      services.unbound = {
        enable = true;
        settings.server = {
          interface = [ "127.0.0.1" ];
          local-zone = [ "\"lan.\" static" ];
          local-data = [ "\"box.lan. A 10.9.8.7\"" ];
        };
      };
      environment.systemPackages = [ pkgs.dnsutils ];
    };
    testScript = ''
      machine.wait_for_unit("unbound.service")
      t.assertEqual(machine.wait_until_succeeds("dig +short @127.0.0.1 box.lan").strip(), "10.9.8.7")
      t.assertIn("NXDOMAIN", machine.succeed("dig @127.0.0.1 other.lan"))
    '';
  }
)
