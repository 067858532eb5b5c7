# Rules for temporary files make folders, files and links.
import ./make-test-python.nix {
  name = "tmpfiles";
  nodes.machine.systemd.tmpfiles.rules = [
    "d /srv/box 0750 nobody nogroup -"
    "f /srv/box/note 0600 root root - written"
    "L /srv/link - - - - /srv/box/note"
  ];
  testScript = ''
    t.assertEqual(machine.succeed("stat -c %U:%a /srv/box").strip(), "nobody:750")
    t.assertEqual(machine.succeed("cat /srv/link").strip(), "written")
  '';
}
