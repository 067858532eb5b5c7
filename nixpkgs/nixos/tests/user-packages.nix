# A user's own packages are that user's alone; those of the system are everyone's.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "user-packages";
    nodes.machine = {
      users.users.alice = {
        isNormalUser = true;
        packages = [ pkgs.tree ];
      };
      environment.systemPackages = [ pkgs.jq ];
    };
    testScript = ''
      machine.succeed("su - alice -c 'tree --version'")
      machine.fail("su - root -c 'tree --version'")
      for user in ("alice", "root"):
          t.assertEqual(machine.succeed(f"su - {user} -c 'echo [1] | jq .[0]'").strip(), "1")
    '';
  }
)
