# A container of the configuration runs as a service, and is gone when the service stops.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "oci-containers";
    nodes.machine = {
      virtualisation.memorySize = 1536;
      virtualisation.oci-containers.containers.clock = {
        image = "localhost/clock:latest";
        imageFile = pkgs.dockerTools.buildImage {
          name = "localhost/clock";
          tag = "latest";
          copyToRoot = [ pkgs.pkgsStatic.busybox ];
        };
        environment.GREETING = "hello";
        cmd = [
          "/bin/busybox"
          "sh"
          "-c"
          "while true; do echo $GREETING $(/bin/busybox date +%s); /bin/busybox sleep 1; done"
        ];
        extraOptions = [ "--network=none" ];
      };
    };
    testScript = ''
      machine.wait_for_unit("podman-clock.service")
      machine.wait_until_succeeds("podman logs clock | grep '^hello [0-9]'", timeout=120)
      t.assertEqual(machine.succeed("podman exec clock /bin/busybox sh -c 'echo $GREETING'").strip(), "hello")
      machine.succeed("systemctl stop podman-clock.service")
      t.assertNotIn("clock", machine.succeed("podman ps -a --format '{{.Names}}'"))
    '';
  }
)
