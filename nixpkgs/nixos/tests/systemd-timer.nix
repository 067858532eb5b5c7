# A timer starts its service again and again; `startAt` makes one.
import ./make-test-python.nix {
  name = "systemd-timer";
  nodes.machine.systemd = {
    services.tick.script = "echo tick >> /run/ticks";
    timers.tick = {
      wantedBy = [ "timers.target" ];
      timerConfig = {
        OnBootSec = 1;
        OnUnitActiveSec = 1;
        AccuracySec = "100ms";
      };
    };
    services.daily = {
      script = "true";
      startAt = "daily";
    };
  };
  testScript = ''
    machine.wait_until_succeeds("test $(wc -l < /run/ticks) -ge 2")
    machine.require_unit_state("daily.timer")
    t.assertIn("00:00:00", machine.get_unit_property("daily.timer", "TimersCalendar"))
  '';
}
