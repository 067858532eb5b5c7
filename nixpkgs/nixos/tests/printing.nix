# What is printed reaches the printer; the server starts when it is asked for.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "printing";
    nodes.machine = {
      services.printing.enable = true;
      environment.systemPackages = [ pkgs.curl ];
      # A printer of the network keeps what it gets.
      systemd.services.printer = {
        wantedBy = [ "multi-user.target" ];
        script = "exec ${pkgs.netcat-openbsd}/bin/nc -lk 127.0.0.1 9100 > /var/spool/paper";
      };
    };
    testScript = ''
      machine.wait_for_unit("cups.socket")
      t.assertNotEqual(machine.get_unit_property("cups.service", "ActiveState"), "active")
      machine.wait_for_unit("printer.service")
      machine.succeed("lpadmin -p paper -E -v 'socket://127.0.0.1:9100/?waiteof=false' -m raw")
      machine.wait_for_unit("cups.service")
      t.assertIn("paper", machine.succeed("lpstat -p"))
      machine.succeed("echo 'hello paper' | lp -d paper")
      machine.wait_until_succeeds("grep -q 'hello paper' /var/spool/paper", timeout=120)
      t.assertIn("CUPS", machine.succeed("curl -sSf http://localhost:631/"))
    '';
  }
)
