# A connection to a socket starts its service.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "systemd-socket";
    nodes.machine.systemd = {
      sockets.echo = {
        wantedBy = [ "sockets.target" ];
        listenStreams = [ "7777" ];
        socketConfig.Accept = true;
      };
      services."echo@" = {
        serviceConfig = {
          ExecStart = "${pkgs.coreutils}/bin/cat";
          StandardInput = "socket";
        };
      };
    };
    testScript = ''
      machine.wait_for_open_port(7777)
      t.assertEqual(machine.succeed("echo there and back | nc -N localhost 7777"), "there and back\n")
    '';
  }
)
