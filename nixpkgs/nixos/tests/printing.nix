# What is printed reaches the printer; the server starts when it is asked for.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "printing";
    nodes.machine = {
      services.printing = {
        enable = true;
        extraFilesConf = "FileDevice Yes";
      };
      environment.systemPackages = [ pkgs.curl ];
    };
    testScript = ''
      machine.wait_for_unit("cups.socket")
      t.assertNotEqual(machine.get_unit_property("cups.service", "ActiveState"), "active")
      machine.succeed("install -m 0666 /dev/null /var/spool/paper")
      machine.succeed("lpadmin -p paper -E -v file:///var/spool/paper -m raw")
      machine.wait_for_unit("cups.service")
      t.assertIn("paper", machine.succeed("lpstat -p"))
      machine.succeed("echo 'hello paper' | lp -d paper")
      machine.wait_until_succeeds("grep -q 'hello paper' /var/spool/paper", timeout=120)
      t.assertIn("CUPS", machine.succeed("curl -sSf http://localhost:631/"))
    '';
  }
)
