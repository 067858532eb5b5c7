# The names of the machine and of its domain are known to programs.
import ./make-test-python.nix {
  name = "hostname";
  nodes.machine.networking = {
    hostName = "tower";
    domain = "example.org";
  };
  testScript = ''
    t.assertEqual(machine.succeed("hostname").strip(), "tower")
    t.assertEqual(machine.succeed("hostname --fqdn").strip(), "tower.example.org")
    t.assertEqual(machine.succeed("cat /etc/hostname").strip(), "tower")
    machine.succeed("getent hosts tower.example.org")
  '';
}
