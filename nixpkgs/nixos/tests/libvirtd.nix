# libvirt defines, starts and ends machines, for those who may.
import ./make-test-python.nix (
  { pkgs, ... }:
  let
    domain = pkgs.writeText "domain.xml" ''
      <domain type="qemu">
        <name>inner</name>
        <memory unit="MiB">64</memory>
        <os><type arch="x86_64" machine="pc">hvm</type></os>
        <devices><emulator>/run/current-system/sw/bin/qemu-system-x86_64</emulator></devices>
      </domain>
    '';
  in
  {
    name = "libvirtd";
    nodes.machine = {
      virtualisation.libvirtd.enable = true;
      virtualisation.memorySize = 1536;
      users.users.alice = {
        isNormalUser = true;
        extraGroups = [ "libvirtd" ];
      };
      users.users.bob.isNormalUser = true;
    };
    testScript = ''
      machine.wait_for_unit("libvirtd.socket")
      virsh = "virsh -c qemu:///system"
      machine.succeed(f"{virsh} define ${domain}")
      # Started, but not run: emulation inside emulation takes its time.
      machine.succeed(f"{virsh} start --paused inner")
      t.assertEqual(machine.succeed(f"{virsh} domstate inner").strip(), "paused")
      machine.succeed("pgrep -f 'qemu-system-x86_64.*inner'")
      t.assertIn("inner", machine.succeed(f"su - alice -c '{virsh} list'"))
      machine.fail(f"su - bob -c '{virsh} list'")
      machine.succeed(f"{virsh} destroy inner")
      t.assertEqual(machine.succeed(f"{virsh} domstate inner").strip(), "shut off")
    '';
  }
)
