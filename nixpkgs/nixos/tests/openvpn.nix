# Two machines talk through a tunnel, for as long as both ends run.
import ./make-test-python.nix (
  { pkgs, ... }:
  let
    key =
      name:
      pkgs.runCommandLocal "openvpn-key-${name}" { } "${pkgs.openvpn}/bin/openvpn --genkey secret $out";
    tunnel = own: other: remote: {
      services.openvpn.servers.tunnel.config = ''
        dev tun7
        proto udp4
        port 1194
        ifconfig ${own} ${other}
        secret ${key "shared"}
        cipher AES-256-CBC
        ${remote}
      '';
    };
  in
  {
    name = "openvpn";
    nodes = {
      server = {
        imports = [ (tunnel "10.8.0.1" "10.8.0.2" "float") ];
        networking.firewall.allowedUDPPorts = [ 1194 ];
        networking.firewall.trustedInterfaces = [ "tun7" ];
      };
      client = tunnel "10.8.0.2" "10.8.0.1" "remote server";
    };
    testScript = ''
      start_all()
      for machine in machines:
          machine.wait_for_unit("openvpn-tunnel.service")
      client.wait_until_succeeds("ping -c 1 -w 5 10.8.0.1", timeout=120)
      t.assertIn("tun7", client.succeed("ip route get 10.8.0.1"))
      with subtest("one end is not enough"):
          client.succeed("systemctl stop openvpn-tunnel.service")
          client.fail("ping -c 1 -w 3 10.8.0.1")
          client.succeed("systemctl start openvpn-tunnel.service")
          client.wait_until_succeeds("ping -c 1 -w 5 10.8.0.1", timeout=120)
    '';
  }
)
