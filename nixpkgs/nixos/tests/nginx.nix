# A page served over HTTP and HTTPS, a proxy, and a port that the firewall keeps shut.
import ./make-test-python.nix (
  { pkgs, ... }:
  let
    certificate = pkgs.runCommandLocal "certificate" { } ''
      mkdir $out
      ${pkgs.openssl}/bin/openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 36500 \
        -keyout $out/key.pem -out $out/cert.pem -subj /CN=secure.test
    '';
  in
  {
    name = "nginx";

    nodes.server = {
      environment.systemPackages = [ pkgs.curl ];
      networking.firewall.allowedTCPPorts = [
        80
        443
      ];
      services.nginx = {
        enable = true;
        recommendedProxySettings = true;
        recommendedGzipSettings = true;
        recommendedOptimisation = true;
        recommendedTlsSettings = true;
        virtualHosts.server = { };
        virtualHosts."secure.test" = {
          forceSSL = true;
          sslCertificate = "${certificate}/cert.pem";
          sslCertificateKey = "${certificate}/key.pem";
          locations."/".return = "200 'over TLS'";
          locations."/passed/".proxyPass = "http://127.0.0.1:8080/";
        };
        appendHttpConfig = ''
          server {
            listen 8080;
            return 200 'for this machine only: $http_host over $http_x_forwarded_proto';
          }
        '';
      };
    };

    nodes.client = {
      environment.systemPackages = [ pkgs.curl ];
      networking.extraHosts = "192.168.1.2 secure.test";
    };

    testScript = ''
      start_all()
      server.wait_for_unit("nginx.service")
      server.wait_for_open_port(443)
      client.wait_for_unit("multi-user.target")

      with subtest("nginx's own page is served where nothing else is said"):
          client.succeed("curl -sSf http://server/ | grep 'Welcome to nginx!'")

      with subtest("HTTP leads to HTTPS"):
          answer = client.succeed("curl -sS -o /dev/null -w '%{http_code} %{redirect_url}' http://secure.test/")
          assert answer == "301 https://secure.test/", answer
          client.succeed("curl -sSf --cacert ${certificate}/cert.pem https://secure.test/ | grep 'over TLS'")

      with subtest("a location passes requests on"):
          answer = client.succeed("curl -sSfk https://secure.test/passed/")
          assert answer == "for this machine only: secure.test over https", answer

      with subtest("the firewall keeps other ports shut"):
          server.succeed("curl -sSf http://localhost:8080/ | grep 'for this machine only'")
          client.fail("curl -sS --max-time 5 http://server:8080/")

      with subtest("nginx serves on after a reload"):
          server.succeed("systemctl reload nginx.service")
          client.succeed("curl -sSf http://server/")
    '';
  }
)
