# Variables and files below /etc come from the configuration.
import ./make-test-python.nix {
  name = "env";
  nodes.machine.environment = {
    variables.COLOUR = "blue";
    sessionVariables.SHAPE = "round thing";
    etc."greeting/hello.txt" = {
      text = "hello\n";
      mode = "0640";
    };
    etc."linked".text = "by link";
  };
  testScript = ''
    t.assertEqual(machine.succeed("echo $COLOUR").strip(), "blue")
    t.assertEqual(machine.succeed("su - root -c 'echo $SHAPE'").strip(), "round thing")
    t.assertEqual(machine.succeed("cat /etc/greeting/hello.txt"), "hello\n")
    t.assertEqual(machine.succeed("stat -c %a /etc/greeting/hello.txt").strip(), "640")
    machine.succeed("test -L /etc/linked")
  '';
}
