# Disks get the file system that the configuration names, and are mounted with its options.
import ./make-test-python.nix {
  name = "file-system-kinds";
  nodes.machine.virtualisation = {
    emptyDiskImages = [
      256
      512
      64
    ];
    fileSystems = {
      "/btrfs" = {
        device = "/dev/vdb";
        fsType = "btrfs";
        autoFormat = true;
        options = [ "compress=zstd" ];
      };
      "/xfs" = {
        device = "/dev/vdc";
        fsType = "xfs";
        autoFormat = true;
        options = [ "noatime" ];
      };
      "/vfat" = {
        device = "/dev/vdd";
        fsType = "vfat";
        autoFormat = true;
        options = [ "umask=0077" ];
      };
    };
  };
  testScript = ''
    machine.wait_for_unit("local-fs.target")
    for kind, option in (("btrfs", "compress=zstd"), ("xfs", "noatime"), ("vfat", "fmask=0077")):
        with subtest(kind):
            words = machine.succeed(f"findmnt -no FSTYPE,OPTIONS /{kind}").split()
            t.assertEqual(words[0], kind)
            t.assertIn(option, words[1])
            machine.succeed(f"echo kept > /{kind}/file; umount /{kind}; systemctl start {kind}.mount")
            t.assertEqual(machine.succeed(f"cat /{kind}/file"), "kept\n")
    with subtest("the tools are there"):
        machine.succeed("btrfs subvolume create /btrfs/part", "xfs_info /xfs", "btrfs scrub start -B /btrfs")
  '';
}
