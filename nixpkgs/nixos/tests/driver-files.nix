# The driver copies files and folders into machines and out of them.
import ./make-test-python.nix {
  name = "driver-files";
  nodes.machine = { };
  testScript = ''
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/tree/branch")
        with open(f"{folder}/tree/branch/leaf", "wb") as leaf:
            leaf.write(bytes(range(256)) * 4096)
        os.chmod(f"{folder}/tree/branch/leaf", 0o751)
        machine.copy_from_host(f"{folder}/tree", "/srv/new/tree")
        machine.copy_from_host_via_shell(f"{folder}/tree/branch/leaf", "/srv/other/leaf")
    t.assertEqual(machine.succeed("stat -c %U:%a:%s /srv/new/tree/branch/leaf").strip(), "root:751:1048576")
    machine.succeed("cmp /srv/new/tree/branch/leaf /srv/other/leaf")
    machine.copy_from_machine("/srv/new/tree", "results")
    with open(f"{machine.out_dir}/results/tree/branch/leaf", "rb") as leaf:
        t.assertEqual(len(leaf.read()), 1048576)
  '';
}
