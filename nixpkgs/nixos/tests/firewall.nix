# Only the ports of the configuration can be reached from outside, and only for their protocol.
import ./make-test-python.nix (
  { pkgs, ... }:
  let
    listen = port: {
      wantedBy = [ "multi-user.target" ];
      serviceConfig.ExecStart = "${pkgs.netcat-openbsd}/bin/nc -lk ${toString port}";
    };
    walled = {
      networking.firewall = {
        enable = true;
        allowedTCPPorts = [ 5000 ];
        allowedTCPPortRanges = [
          {
            from = 6000;
            to = 6001;
          }
        ];
      };
      systemd.services = {
        open = listen 5000;
        range = listen 6001;
        hidden = listen 7000;
      };
    };
  in
  {
    name = "firewall";
    nodes = {
      tables = walled;
      nft = {
        imports = [ walled ];
        networking.nftables.enable = true;
      };
      client = { };
    };
    testScript = ''
      start_all()
      client.wait_for_unit("multi-user.target")
      for walled in (tables, nft):
          walled.wait_for_unit("multi-user.target")
          name = walled.name
          with subtest(name):
              walled.wait_for_open_port(7000)
              client.wait_until_succeeds(f"nc -z -w 5 {name} 5000")
              client.succeed(f"nc -z -w 5 {name} 6001")
              client.fail(f"nc -z -w 3 {name} 7000")
              client.succeed(f"ping -c 1 {name}")
              walled.succeed("nixos-firewall-tool open tcp 7000")
              client.succeed(f"nc -z -w 5 {name} 7000")
              walled.succeed("nixos-firewall-tool reset")
              client.fail(f"nc -z -w 3 {name} 7000")
    '';
  }
)
