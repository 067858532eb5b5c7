# /tmp can be in memory, and can be emptied at boot.
import ./make-test-python.nix {
  name = "tmp";
  nodes = {
    memory.boot.tmp.useTmpfs = true;
    cleaned.boot.tmp.cleanOnBoot = true;
  };
  testScript = ''
    start_all()
    t.assertEqual(memory.succeed("findmnt -no FSTYPE /tmp").strip(), "tmpfs")
    cleaned.succeed("touch /tmp/old /root/kept; sync")
    cleaned.shutdown()
    cleaned.start()
    cleaned.succeed("test -e /root/kept")
    cleaned.fail("test -e /tmp/old")
  '';
}
