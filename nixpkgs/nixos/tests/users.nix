# Users and groups are made with their numbers, homes, shells and passwords.
import ./make-test-python.nix {
  name = "users";
  nodes.machine.users = {
    users.alice = {
      isNormalUser = true;
      uid = 1234;
      description = "Alice Example";
      extraGroups = [ "wheel" "crew" ];
      password = "secret";
    };
    users.daemonic = {
      isSystemUser = true;
      group = "crew";
    };
    groups.crew.gid = 4321;
  };
  testScript = ''
    t.assertEqual(machine.succeed("id -u alice").strip(), "1234")
    t.assertEqual(set(machine.succeed("id -nG alice").split()), {"users", "wheel", "crew"})
    t.assertEqual(machine.succeed("getent group crew | cut -d: -f3").strip(), "4321")
    t.assertIn("Alice Example", machine.succeed("getent passwd alice"))
    t.assertEqual(machine.succeed("stat -c %U:%a /home/alice").strip(), "alice:700")
    t.assertLess(int(machine.succeed("id -u daemonic")), 1000)
    machine.fail("su daemonic -s /bin/sh -c 'cat /etc/shadow'")
    machine.succeed("grep -q '^alice:[$]' /etc/shadow")
  '';
}
