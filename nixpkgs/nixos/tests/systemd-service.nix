# Services have scripts, environments, paths and an order, and are restarted when they fail.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "systemd-service";
    nodes.machine.systemd.services = {
      first = {
        wantedBy = [ "multi-user.target" ];
        serviceConfig = {
          Type = "oneshot";
          RemainAfterExit = true;
        };
        environment.WORD = "it's \"quoted\"";
        path = [ pkgs.jq ];
        preStart = "mkdir -p /run/results";
        script = ''
          echo "$WORD" > /run/results/word
          echo '[7]' | jq .[0] > /run/results/number
        '';
      };
      second = {
        wantedBy = [ "multi-user.target" ];
        after = [ "first.service" ];
        requires = [ "first.service" ];
        script = ''
          cp /run/results/number /run/results/copy
          exec sleep infinity
        '';
      };
      stubborn = {
        wantedBy = [ "multi-user.target" ];
        serviceConfig = {
          Restart = "on-failure";
          RestartSec = 3;
        };
        script = "test -e /run/allowed && exec sleep infinity; exit 1";
      };
    };
    testScript = ''
      machine.wait_for_unit("second.service")
      t.assertEqual(machine.succeed("cat /run/results/word"), "it's \"quoted\"\n")
      t.assertEqual(machine.succeed("cat /run/results/copy"), "7\n")
      machine.succeed("touch /run/allowed")
      machine.wait_for_unit("stubborn.service")
      t.assertGreater(int(machine.get_unit_property("stubborn.service", "NRestarts")), 0)
    '';
  }
)
