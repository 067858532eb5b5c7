# Rules let users do what only root may do otherwise.
import ./make-test-python.nix {
  name = "polkit";
  nodes.machine = {
    users.users = {
      alice.isNormalUser = true;
      bob.isNormalUser = true;
    };
    security.polkit = {
      enable = true;
      extraConfig = ''
        polkit.addRule(function(action, subject) {
          if (action.id == "org.freedesktop.systemd1.manage-units" && subject.user == "alice") return polkit.Result.YES;
        });
      '';
    };
    systemd.services.sleeper.script = "exec sleep infinity";
  };
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.fail("su - bob -c 'systemctl --no-ask-password start sleeper'")
    machine.succeed("su - alice -c 'systemctl --no-ask-password start sleeper'")
    machine.require_unit_state("sleeper.service")
  '';
}
