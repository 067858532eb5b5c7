# Disks of the configuration are formatted, mounted, and keep what is written.
import ./make-test-python.nix {
  name = "filesystems";
  nodes.machine.virtualisation = {
    emptyDiskImages = [ 64 ];
    fileSystems."/data" = {
      device = "/dev/vdb";
      fsType = "ext4";
      autoFormat = true;
      options = [ "noatime" ];
    };
  };
  testScript = ''
    machine.wait_for_unit("local-fs.target")
    t.assertIn("noatime", machine.succeed("findmnt -no OPTIONS /data"))
    machine.succeed("echo kept > /data/file; sync")
    machine.crash()
    machine.start()
    t.assertEqual(machine.succeed("cat /data/file"), "kept\n")
  '';
}
