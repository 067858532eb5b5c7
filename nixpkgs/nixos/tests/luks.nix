# An encrypted disk is opened before the system starts, and its file system mounted.
import ./make-test-python.nix (
  { lib, ... }:
  {
    name = "luks";
    nodes.machine = {
      virtualisation.emptyDiskImages = [ 64 ];
      boot.initrd.luks.devices = lib.mkOverride 5 {
        secret = {
          device = "/dev/vdb";
          keyFile = "/secret-key";
          # The first boot makes what a person makes once.
          preOpenCommands = ''
            echo -n 'a long secret' > /secret-key
            cryptsetup isLuks /dev/vdb ||
              cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 /dev/vdb /secret-key
          '';
        };
      };
      virtualisation.fileSystems."/secret" = {
        device = "/dev/mapper/secret";
        fsType = "ext4";
        # systemd takes no notice of an encrypted disk before it has a file system.
        options = [ "nofail" ];
      };
    };
    testScript = ''
      machine.wait_for_unit("multi-user.target")
      machine.succeed("mkfs.ext4 -q /dev/mapper/secret")
      machine.wait_for_unit("secret.mount")
      t.assertEqual(machine.succeed("findmnt -no SOURCE /secret").strip(), "/dev/mapper/secret")
      t.assertIn("LUKS", machine.succeed("cryptsetup status secret"))
      machine.succeed("echo 'hidden words' > /secret/note; sync")
      with subtest("nothing of it can be read on the disk"):
          machine.succeed("grep -q 'hidden words' /dev/mapper/secret")
          machine.fail("grep -q 'hidden words' /dev/vdb")
      with subtest("it is opened at the next boot"):
          machine.shutdown()
          machine.start()
          machine.wait_for_unit("secret.mount")
          t.assertEqual(machine.succeed("cat /secret/note"), "hidden words\n")
    '';
  }
)
