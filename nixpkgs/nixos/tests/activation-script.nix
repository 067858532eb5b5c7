# Activation scripts run in the order of their dependencies before services start.
import ./make-test-python.nix {
  name = "activation-script";
  nodes.machine = {
    system.activationScripts = {
      later = {
        deps = [ "earlier" ];
        text = "echo later >> /root/order";
      };
      earlier = {
        # /root is there once the users are.
        deps = [ "users" ];
        text = "echo earlier >> /root/order";
      };
    };
    systemd.services.reader = {
      wantedBy = [ "multi-user.target" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
      };
      script = "cp /root/order /root/seen";
    };
  };
  testScript = ''
    machine.wait_for_unit("reader.service")
    t.assertEqual(machine.succeed("cat /root/seen"), "earlier\nlater\n")
  '';
}
