# Who fails to log in too often is shut out.
import ./make-test-python.nix {
  name = "fail2ban";
  nodes = {
    server.services = {
      openssh.enable = true;
      fail2ban = {
        enable = true;
        maxretry = 3;
      };
    };
    client = { };
  };
  testScript = ''
    start_all()
    server.wait_for_unit("fail2ban.service")
    server.wait_for_open_port(22)
    server.wait_until_succeeds("fail2ban-client status sshd")
    client.wait_until_succeeds("nc -z -w 5 server 22")
    for _ in range(4):
        client.fail("ssh -o BatchMode=yes -o StrictHostKeyChecking=no stranger@server")
    server.wait_until_succeeds("fail2ban-client status sshd | grep 192.168.1.1", timeout=120)
    client.fail("nc -z -w 5 server 22")
    with subtest("until the ban is lifted"):
        server.succeed("fail2ban-client set sshd unbanip 192.168.1.1")
        client.wait_until_succeeds("nc -z -w 5 server 22", timeout=60)
  '';
}
