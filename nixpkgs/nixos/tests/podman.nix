# Podman runs a container made of the machine's own programs.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "podman";
    nodes.machine = {
      virtualisation.podman.enable = true;
      virtualisation.memorySize = 1536;
    };
    testScript = ''
      machine.wait_for_unit("multi-user.target")
      machine.succeed(
          "mkdir -p /root/image/bin && cp ${pkgs.pkgsStatic.busybox}/bin/busybox /root/image/bin/sh",
          "tar -C /root/image -c . | podman import - tiny",
      )
      t.assertEqual(machine.succeed("podman run --rm --network none tiny /bin/sh -c 'echo inside'").strip(), "inside")
    '';
  }
)
