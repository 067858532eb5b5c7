# Kernel settings of the configuration are in force.
import ./make-test-python.nix {
  name = "sysctl";
  nodes.machine.boot.kernel.sysctl = {
    "kernel.pid_max" = 12345;
    "net.ipv4.ip_forward" = true;
  };
  testScript = ''
    machine.wait_for_unit("systemd-sysctl.service")
    t.assertEqual(machine.succeed("cat /proc/sys/kernel/pid_max").strip(), "12345")
    t.assertEqual(machine.succeed("cat /proc/sys/net/ipv4/ip_forward").strip(), "1")
  '';
}
