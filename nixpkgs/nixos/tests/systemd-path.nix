# A path unit starts its service when a file appears.
import ./make-test-python.nix {
  name = "systemd-path";
  nodes.machine.systemd = {
    paths.watch = {
      wantedBy = [ "multi-user.target" ];
      pathConfig.PathExists = "/run/trigger";
    };
    services.watch = {
      serviceConfig.Type = "oneshot";
      script = "rm /run/trigger; touch /run/seen";
    };
  };
  testScript = ''
    machine.wait_for_unit("watch.path")
    machine.fail("test -e /run/seen")
    machine.succeed("touch /run/trigger")
    machine.wait_for_file("/run/seen")
  '';
}
