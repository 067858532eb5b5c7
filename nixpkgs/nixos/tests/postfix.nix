# A mail to a user arrives in that user's box.
import ./make-test-python.nix {
  name = "postfix";
  nodes.machine = {
    users.users.alice.isNormalUser = true;
    services.postfix.enable = true;
  };
  testScript = ''
    machine.wait_for_unit("postfix.service")
    machine.wait_for_open_port(25)
    machine.succeed("printf 'Subject: news\\n\\nhello alice\\n' | sendmail alice")
    machine.wait_until_succeeds("grep -q 'hello alice' /var/mail/alice || grep -rq 'hello alice' /var/spool/mail/alice")
  '';
}
