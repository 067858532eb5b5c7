# Programs of security.wrappers run with the identity of their owner.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "set-id-programs";
    nodes.machine = {
      users.users.alice.isNormalUser = true;
      security.wrappers.root-id = {
        owner = "root";
        group = "root";
        setuid = true;
        source = "${pkgs.coreutils}/bin/id";
      };
    };
    testScript = ''
      machine.wait_for_unit("multi-user.target")
      t.assertEqual(machine.succeed("su - alice -c 'root-id -u'").strip(), "0")
      t.assertNotEqual(machine.succeed("su - alice -c 'id -u'").strip(), "0")
    '';
  }
)
