# A client mounts what a server exports, and both see what is written.
import ./make-test-python.nix {
  name = "nfs";
  nodes = {
    server = {
      networking.firewall.enable = false;
      services.nfs.server = {
        enable = true;
        exports = "/export *(rw,no_root_squash,no_subtree_check,fsid=0)";
        createMountPoints = true;
      };
    };
    client.virtualisation.fileSystems."/data" = {
      device = "server:/";
      fsType = "nfs";
      options = [
        "vers=4"
        "x-systemd.automount"
      ];
    };
  };
  testScript = ''
    server.wait_for_unit("nfs-server.service")
    t.assertIn("rw", server.succeed("exportfs -v"))
    client.wait_for_unit("data.automount")
    client.succeed("echo from client > /data/note")
    t.assertEqual(server.succeed("cat /export/note"), "from client\n")
    server.succeed("echo from server > /export/note")
    client.wait_until_succeeds("grep -q 'from server' /data/note")
  '';
}
