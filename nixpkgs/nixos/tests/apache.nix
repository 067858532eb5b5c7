# Apache serves a virtual host's folder.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "apache";
    nodes.machine = {
      services.httpd = {
        enable = true;
        adminAddr = "admin@example.org";
        virtualHosts.localhost.documentRoot = pkgs.writeTextDir "index.html" "by apache\n";
      };
      environment.systemPackages = [ pkgs.curl ];
    };
    testScript = ''
      machine.wait_for_unit("httpd.service")
      machine.wait_for_open_port(80)
      t.assertEqual(machine.succeed("curl -sf http://localhost/"), "by apache\n")
    '';
  }
)
