# A part of the memory is compressed swap.
import ./make-test-python.nix {
  name = "zram";
  nodes.machine.zramSwap = {
    enable = true;
    memoryPercent = 25;
    algorithm = "lz4";
    priority = 7;
  };
  testScript = ''
    machine.wait_for_unit("swap.target")
    machine.wait_for_unit("swap-zram0.service")
    t.assertIn("[lz4]", machine.succeed("cat /sys/block/zram0/comp_algorithm"))
    memory = int(machine.succeed("sed -n 's/^MemTotal: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo"))
    kind, size, _used, priority = machine.succeed("grep '^/dev/zram0' /proc/swaps").split()[1:]
    t.assertEqual((kind, priority), ("partition", "7"))
    t.assertAlmostEqual(int(size), memory / 4, delta=64)
  '';
}
