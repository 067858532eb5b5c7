# Caddy serves files and passes requests on.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "caddy";
    nodes.machine = {
      services.caddy = {
        enable = true;
        virtualHosts."http://localhost:8081".extraConfig = ''
          root * ${pkgs.writeTextDir "page.txt" "by caddy\n"}
          file_server
        '';
        virtualHosts."http://localhost:8082".extraConfig = "reverse_proxy localhost:8081";
      };
      environment.systemPackages = [ pkgs.curl ];
    };
    testScript = ''
      machine.wait_for_unit("caddy.service")
      for port in (8081, 8082):
          machine.wait_for_open_port(port)
          t.assertEqual(machine.succeed(f"curl -sSf http://localhost:{port}/page.txt"), "by caddy\n")
      machine.fail("curl -sSf http://localhost:8081/nothing")
      machine.succeed("systemctl reload caddy.service")
      machine.succeed("curl -sSf http://localhost:8082/page.txt")
    '';
  }
)
