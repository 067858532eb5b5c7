# One logs in at the text console with the right password, and not with a wrong one.
import ./make-test-python.nix {
  name = "login";
  nodes.machine.users.users.alice = {
    isNormalUser = true;
    password = "foobar";
  };
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.wait_for_unit("getty@tty1.service")
    machine.wait_until_tty_matches("1", "login: ")
    with subtest("a wrong password"):
        machine.send_chars("alice\n")
        machine.wait_until_tty_matches("1", "Password: ")
        machine.send_chars("wrong\n")
        machine.wait_until_tty_matches("1", "Login incorrect")
    with subtest("the right password"):
        machine.wait_until_tty_matches("1", r"incorrect(.|\n)*login: ")
        machine.send_chars("alice\n")
        machine.wait_until_tty_matches("1", r"incorrect(.|\n)*Password: ")
        machine.send_chars("foobar\n")
        machine.wait_until_succeeds("pgrep -u alice bash")
        machine.send_chars("touch done\n")
        machine.wait_for_file("/home/alice/done")
  '';
}
