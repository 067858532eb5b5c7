# Two machines talk through a tunnel.
import ./make-test-python.nix (
  let
    peers = {
      left = {
        private = "MIcAATQ1acxzMCExZcdhYrX9BpMZ7nnuhNFDKoAw2W0=";
        public = "zqv34u30/g1IaDqm7Rcj6PqRcwV5IFOMuuj1Vp6F81I=";
        address = "10.23.42.1";
      };
      right = {
        private = "OBmf13Dt4ST2y/2tEPgVWrrxEE3YNszssA7HhZKCdEc=";
        public = "S28v3ZsnNHBWCM8WioToQ3Bs3Gl3+XvKnAjwpX/JFSI=";
        address = "10.23.42.2";
      };
    };
    node = own: other: endpoint: {
      networking.firewall.allowedUDPPorts = [ 51820 ];
      networking.wireguard.interfaces.wg0 = {
        ips = [ "${own.address}/24" ];
        listenPort = 51820;
        privateKey = own.private;
        peers = [
          {
            publicKey = other.public;
            allowedIPs = [ "${other.address}/32" ];
            inherit endpoint;
          }
        ];
      };
    };
  in
  {
    name = "wireguard";
    nodes = {
      left = node peers.left peers.right "192.168.1.2:51820";
      right = node peers.right peers.left "192.168.1.1:51820";
    };
    testScript = ''
      start_all()
      for machine in machines:
          machine.wait_for_unit("wireguard-wg0.service")
      left.wait_until_succeeds("ping -c 1 -w 5 10.23.42.2")
      right.succeed("ping -c 1 -w 5 10.23.42.1")
    '';
  }
)
