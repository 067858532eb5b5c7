# Messages of programs are in the journal with their priority and unit.
import ./make-test-python.nix {
  name = "journal";
  nodes.machine.systemd.services.speaker = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig.Type = "oneshot";
    script = "echo '<3>this went wrong'; echo all is well";
  };
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.wait_until_succeeds("journalctl -u speaker | grep -q 'all is well'")
    errors = machine.succeed("journalctl -u speaker -p err -o cat")
    t.assertIn("this went wrong", errors)
    t.assertNotIn("all is well", errors)
    machine.wait_for_console_text("all is well", timeout=60)
  '';
}
