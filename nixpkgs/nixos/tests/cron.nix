# A line of the crontab runs as its user every minute.
import ./make-test-python.nix {
  name = "cron";
  nodes.machine = {
    users.users.alice.isNormalUser = true;
    services.cron = {
      enable = true;
      systemCronJobs = [ "* * * * * alice id -un > /tmp/cron-user" ];
    };
  };
  testScript = ''
    machine.wait_for_unit("cron.service")
    machine.wait_until_succeeds("grep -q alice /tmp/cron-user", timeout=150)
  '';
}
