# A Redis server takes values, and keeps them over a restart.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "redis";
    nodes.machine = {
      services.redis.servers.main = {
        enable = true;
        port = 6379;
      };
      environment.systemPackages = [ pkgs.redis ];
    };
    testScript = ''
      machine.wait_for_unit("redis-main.service")
      machine.wait_for_open_port(6379)
      t.assertEqual(machine.succeed("redis-cli set colour blue").strip(), "OK")
      machine.succeed("redis-cli save; systemctl restart redis-main")
      machine.wait_for_open_port(6379)
      t.assertEqual(machine.succeed("redis-cli get colour").strip(), "blue")
    '';
  }
)
