# Who fails to log in too often is shut out.
import ./make-test-python.nix {
  name = "fail2ban";
  nodes.machine = {
    services.openssh.enable = true;
    services.fail2ban = {
      enable = true;
      maxretry = 3;
    };
  };
  testScript = ''
    machine.wait_for_unit("fail2ban.service")
    machine.wait_until_succeeds("fail2ban-client status sshd")
    machine.succeed("fail2ban-client set sshd banip 192.0.2.1")
    t.assertIn("192.0.2.1", machine.succeed("fail2ban-client status sshd"))
  '';
}
