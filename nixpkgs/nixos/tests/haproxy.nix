# HAProxy passes connections on to what it is told, and moves on where one is gone.
import ./make-test-python.nix (
  { pkgs, ... }:
  let
    web = port: text: {
      wantedBy = [ "multi-user.target" ];
      script = ''
        cd $(mktemp -d)
        echo ${text} > index.html
        exec ${pkgs.python3}/bin/python3 -m http.server ${toString port}
      '';
    };
  in
  {
    name = "haproxy";
    nodes.machine = {
      services.haproxy = {
        enable = true;
        config = ''
          defaults
            mode http
            timeout connect 5s
            timeout client 30s
            timeout server 30s
          frontend front
            bind *:80
            default_backend back
          backend back
            option redispatch
            retries 2
            server one 127.0.0.1:8001 check
            server two 127.0.0.1:8002 check backup
        '';
      };
      systemd.services = {
        one = web 8001 "one";
        two = web 8002 "two";
      };
      environment.systemPackages = [ pkgs.curl ];
    };
    testScript = ''
      machine.wait_for_unit("haproxy.service")
      for port in (80, 8001, 8002):
          machine.wait_for_open_port(port)
      machine.wait_until_succeeds("curl -sf http://localhost/ | grep one")
      machine.succeed("systemctl stop one")
      machine.wait_until_succeeds("curl -sf http://localhost/ | grep two")
    '';
  }
)
