# Prometheus collects what the machine's exporter says.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "prometheus";
    nodes.machine = {
      services.prometheus = {
        enable = true;
        globalConfig.scrape_interval = "10s";
        exporters.node.enable = true;
        scrapeConfigs = [
          {
            job_name = "node";
            static_configs = [ { targets = [ "localhost:9100" ]; } ];
          }
        ];
      };
      environment.systemPackages = [ pkgs.curl ];
    };
    testScript = ''
      machine.wait_for_unit("prometheus.service")
      machine.wait_for_open_port(9090)
      machine.wait_for_open_port(9100)
      machine.wait_until_succeeds(
          "curl -sf 'http://localhost:9090/api/v1/query?query=up%7Bjob%3D%22node%22%7D' | grep '\"1\"'"
      )
    '';
  }
)
