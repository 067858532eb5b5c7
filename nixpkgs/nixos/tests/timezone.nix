# The time zone of the configuration is that of programs.
import ./make-test-python.nix {
  name = "timezone";
  nodes.machine.time.timeZone = "Asia/Tokyo";
  testScript = ''
    t.assertEqual(machine.succeed("date -d @0 +%H:%M%z").strip(), "09:00+0900")
  '';
}
