# Machines are shut down, crash, start again and reboot.
import ./make-test-python.nix {
  name = "driver-power";
  nodes.machine = { };
  testScript = ''
    machine.start(allow_reboot=True)
    machine.wait_for_unit("multi-user.target")
    first = machine.succeed("cat /proc/sys/kernel/random/boot_id; echo kept > /root/kept; sync")
    with subtest("reboot"):
        machine.reboot()
        machine.wait_for_unit("multi-user.target")
        t.assertNotEqual(machine.succeed("cat /proc/sys/kernel/random/boot_id"), first)
    with subtest("crash"):
        machine.crash()
        assert not machine.is_up()
        t.assertEqual(machine.succeed("cat /root/kept"), "kept\n")
    with subtest("shutdown"):
        machine.shutdown()
        assert machine.pid is None
  '';
}
