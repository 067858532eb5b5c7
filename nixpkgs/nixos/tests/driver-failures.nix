# A machine whose kernel panics, runs out of memory or loses its shell: the error says which and why, and the machine can
# be started again.
import ./make-test-python.nix {
  name = "driver-failures";
  nodes.machine = {
    virtualisation.memorySize = 512;
    # Programs are read from the disk again and again where memory is short, which a slow machine does for long: what was
    # used in the last second stays, and then there is no memory left.
    systemd.tmpfiles.rules = [ "w /sys/kernel/mm/lru_gen/min_ttl_ms - - - - 1000" ];
  };
  testScript = ''
    from test_driver.errors import MachineError

    with subtest("a shell that dies"):
        with t.assertRaisesRegex(MachineError, "the root shell died while it ran `kill"):
            machine.succeed("kill -KILL $$; sleep 60")
        machine.succeed("true")

    with subtest("binary output"):
        t.assertEqual(machine.succeed(r"printf '\0\377<\n'"), "\0\ufffd<\n")
        machine.succeed(r"printf '\033[31m\0\377binary\n' > /dev/ttyS0")
        machine.wait_for_console_text("binary", timeout=60)

    with subtest("a panic"):
        with t.assertRaisesRegex(MachineError, "machine machine ended: .*Kernel panic - not syncing: sysrq"):
            machine.succeed("echo c > /proc/sysrq-trigger; sleep 600")
        t.assertFalse(machine.is_up())

    with subtest("out of memory"):
        machine.wait_for_unit("multi-user.target")
        with t.assertRaisesRegex(MachineError, r"machine machine ended: .*[Oo]ut of memory"):
            machine.succeed("tail /dev/zero; sleep 600")
  '';
}
