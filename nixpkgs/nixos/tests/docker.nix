# Docker runs a container made of the machine's own programs, for those who may.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "docker";
    nodes.machine = {
      virtualisation.docker.enable = true;
      virtualisation.memorySize = 1536;
      environment.systemPackages = [ pkgs.curl ];
      users.users.alice = {
        isNormalUser = true;
        extraGroups = [ "docker" ];
      };
      users.users.bob.isNormalUser = true;
    };
    testScript = ''
      machine.wait_for_unit("docker.service")
      machine.succeed(
          "mkdir -p /root/docker-image/bin && cp ${pkgs.pkgsStatic.busybox}/bin/busybox /root/docker-image/bin/",
          "ln -s busybox /root/docker-image/bin/sh",
          "mkdir /root/docker-image/www && echo from inside > /root/docker-image/www/index.html",
          "tar -C /root/docker-image -c . | docker import - tiny",
      )
      run = "docker run --rm tiny /bin/sh -c 'echo inside; cat /proc/1/comm; true'"
      t.assertEqual(machine.succeed(run).split(), ["inside", "sh"])
      machine.succeed("su - alice -c 'docker ps'")
      machine.fail("su - bob -c 'docker ps'")
      with subtest("ports of containers are open"):
          machine.succeed("docker run -d --name web -p 8083:80 --entrypoint /bin/busybox tiny httpd -f -p 80 -h /www")
          t.assertEqual(machine.wait_until_succeeds("curl -sSf http://127.0.0.1:8083/", timeout=60), "from inside\n")
          machine.succeed("docker rm -f web")
    '';
  }
)
