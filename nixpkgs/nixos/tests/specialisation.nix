# The system changes to a variant and back.
import ./make-test-python.nix {
  name = "specialisation";
  nodes.machine = {
    environment.etc.variant.text = "plain";
    specialisation.fancy.configuration =
      { lib, ... }:
      {
        environment.etc.variant.text = lib.mkForce "fancy";
        systemd.services.extra = {
          wantedBy = [ "multi-user.target" ];
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
          };
          script = "true";
        };
      };
  };
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    system = machine.succeed("readlink -f /run/current-system").strip()
    machine.succeed(f"{system}/specialisation/fancy/bin/switch-to-configuration test >&2")
    t.assertEqual(machine.succeed("cat /etc/variant"), "fancy")
    machine.require_unit_state("extra.service")
    machine.succeed(f"{system}/bin/switch-to-configuration test >&2")
    t.assertEqual(machine.succeed("cat /etc/variant"), "plain")
    machine.fail("systemctl cat extra.service")
  '';
}
