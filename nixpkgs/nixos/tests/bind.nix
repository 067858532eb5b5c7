# BIND serves a zone.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "bind";
    nodes.machine = {
      services.bind = {
        enable = true;
        extraOptions = "empty-zones-enable no;";
        zones."example.test" = {
          master = true;
          file = pkgs.writeText "example.test.zone" ''
            $TTL 3600
            @ IN SOA ns.example.test. admin.example.test. ( 1 3h 1h 1w 1d )
              IN NS ns.example.test.
            ns  IN A 127.0.0.1
            www IN A 10.0.0.80
          '';
        };
      };
      environment.systemPackages = [ pkgs.dnsutils ];
    };
    testScript = ''
      machine.wait_for_unit("bind.service")
      machine.wait_for_open_port(53)
      t.assertEqual(machine.succeed("dig +short @127.0.0.1 www.example.test").strip(), "10.0.0.80")
    '';
  }
)
