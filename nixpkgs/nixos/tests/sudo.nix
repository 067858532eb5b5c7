# Members of wheel become root with their password; rules allow single commands without one.
import ./make-test-python.nix {
  name = "sudo";
  nodes.machine = {
    users.users = {
      alice = {
        isNormalUser = true;
        extraGroups = [ "wheel" ];
        password = "secret";
      };
      bob.isNormalUser = true;
    };
    security.sudo.extraRules = [
      {
        users = [ "bob" ];
        commands = [
          {
            command = "/run/current-system/sw/bin/whoami";
            options = [ "NOPASSWD" ];
          }
        ];
      }
    ];
  };
  testScript = ''
    t.assertEqual(machine.succeed("su - alice -c 'echo secret | sudo -S whoami'").strip(), "root")
    machine.fail("su - alice -c 'echo wrong | sudo -S whoami'")
    t.assertEqual(machine.succeed("su - bob -c 'sudo -n /run/current-system/sw/bin/whoami'").strip(), "root")
    machine.fail("su - bob -c 'sudo -n id'")
  '';
}
