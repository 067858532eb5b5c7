# A machine with nothing configured boots and shuts down.
import ./make-test-python.nix {
  name = "simple";
  nodes.machine = { };
  testScript = ''
    start_all()
    machine.wait_for_unit("multi-user.target")
    assert machine.succeed("systemctl is-system-running --wait").strip() == "running"
    machine.shutdown()
  '';
}
