# A crash is noted with the program's name.
import ./make-test-python.nix {
  name = "coredump";
  nodes.machine.systemd.coredump.enable = true;
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.execute("bash -c 'kill -SEGV $$'")
    machine.wait_until_succeeds("journalctl -o cat | grep -q 'Process .*(bash).*dumped core'")
  '';
}
