# The locale of the configuration is there and in use.
import ./make-test-python.nix {
  name = "locale";
  nodes.machine.i18n = {
    defaultLocale = "de_DE.UTF-8";
    extraLocaleSettings.LC_TIME = "fr_FR.UTF-8";
  };
  testScript = ''
    machine.succeed("locale -a | grep -i '^de_DE.utf-\\?8$'")
    t.assertEqual(machine.succeed("su - root -c 'date -d @0 +%B'").strip(), "janvier")
    t.assertIn("Zugriff", machine.succeed("su - root -c 'ls /nowhere 2>&1 || true'"))
  '';
}
