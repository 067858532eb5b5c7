# A user puts mail into a mailbox and reads it again by IMAP, with the machine's password.
import ./make-test-python.nix (
  { pkgs, ... }:
  {
    name = "dovecot";
    nodes.machine = {
      users.users.alice = {
        isNormalUser = true;
        password = "secret";
      };
      services.dovecot2 = {
        enable = true;
        mailboxes.Archive.auto = "create";
      };
      environment.systemPackages = [ pkgs.curl ];
    };
    testScript = ''
      machine.wait_for_unit("dovecot.service")
      machine.wait_for_open_port(143)
      machine.succeed("printf 'Subject: news\\r\\n\\r\\nhello alice\\r\\n' > /root/letter")
      machine.succeed("curl -sSf -u alice:secret -T /root/letter imap://localhost/Archive")
      t.assertIn("hello alice", machine.succeed("curl -sSf -u alice:secret 'imap://localhost/Archive;MAILINDEX=1'"))
      machine.fail("curl -sSf -u alice:wrong imap://localhost/")
    '';
  }
)
