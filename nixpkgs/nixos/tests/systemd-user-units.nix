# Users' managers run the units of the configuration.
import ./make-test-python.nix {
  name = "systemd-user-units";
  nodes.machine = {
    users.users.alice = {
      isNormalUser = true;
      linger = true;
    };
    systemd.user.services.greeter = {
      wantedBy = [ "default.target" ];
      script = "echo hello > $XDG_RUNTIME_DIR/greeting; exec sleep infinity";
    };
  };
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.wait_for_unit("greeter.service", "alice")
    machine.wait_until_succeeds("grep hello /run/user/$(id -u alice)/greeting")
    t.assertEqual(machine.get_unit_info("greeter.service", "alice")["SubState"], "running")
  '';
}
