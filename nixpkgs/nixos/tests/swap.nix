# A swap file is made and in use.
import ./make-test-python.nix (
  { lib, ... }:
  {
    name = "swap";
    nodes.machine.swapDevices = lib.mkOverride 0 [
      {
        device = "/var/swap";
        size = 64;
      }
    ];
    testScript = ''
      machine.wait_for_unit("swap.target")
      machine.wait_until_succeeds("grep -q /var/swap /proc/swaps")
      t.assertEqual(machine.succeed("stat -c %a:%s /var/swap").strip(), f"600:{64 << 20}")
    '';
  }
)
