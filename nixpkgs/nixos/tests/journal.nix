# Messages of programs are in the journal with their priority and unit, and can be read over HTTP.
import ./make-test-python.nix {
  name = "journal";
  nodes.machine =
    { pkgs, ... }:
    {
      environment.systemPackages = [ pkgs.curl ];
      services.journald.gateway.enable = true;
      systemd.services.speaker = {
        wantedBy = [ "multi-user.target" ];
        serviceConfig.Type = "oneshot";
        script = "echo '<3>this went wrong'; echo all is well";
      };
    };
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.wait_until_succeeds("journalctl -u speaker | grep -q 'all is well'")
    errors = machine.succeed("journalctl -u speaker -p err -o cat")
    t.assertIn("this went wrong", errors)
    t.assertNotIn("all is well", errors)
    with subtest("over HTTP"):
        served = machine.succeed("curl -sSf 'http://localhost:19531/entries?_SYSTEMD_UNIT=speaker.service'")
        t.assertIn("this went wrong", served)
    machine.wait_for_console_text("all is well", timeout=60)
  '';
}
