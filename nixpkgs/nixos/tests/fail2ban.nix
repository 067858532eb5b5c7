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
    # Its name would stand for its IPv6 address, too.
    address = "192.168.1.2"
    client.wait_until_succeeds(f"nc -z -w 5 {address} 22")
    for _ in range(4):
        client.fail(f"ssh -o BatchMode=yes -o StrictHostKeyChecking=no stranger@{address}")
    server.wait_until_succeeds("fail2ban-client status sshd | grep 192.168.1.1", timeout=120)
    client.fail(f"nc -z -w 5 {address} 22")
    with subtest("until the ban is lifted"):
        server.succeed("fail2ban-client set sshd unbanip 192.168.1.1")
        client.wait_until_succeeds(f"nc -z -w 5 {address} 22", timeout=60)
  '';
}
