# A machine takes its time from another one.
import ./make-test-python.nix {
  name = "chrony";
  nodes = {
    server = {
      networking.firewall.allowedUDPPorts = [ 123 ];
      services.chrony = {
        enable = true;
        servers = [ ];
        extraConfig = ''
          local stratum 5
          allow all
        '';
      };
    };
    client.services.chrony = {
      enable = true;
      servers = [ "server" ];
      extraConfig = "maxdistance 16.0";
    };
  };
  testScript = ''
    start_all()
    server.wait_for_unit("chronyd.service")
    client.wait_for_unit("chronyd.service")
    client.wait_until_succeeds("chronyc -n sources | grep -E '^.[*] (192.168.1.2|2001:db8:1::2) '", timeout=300)
  '';
}
