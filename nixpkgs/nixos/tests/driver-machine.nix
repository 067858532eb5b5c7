# What the other tests of the driver leave: units, waits, the network's plugs and ports, both ways into the machine for a
# person, QEMU's events, and a machine that is made while the script runs.
import ./make-test-python.nix (
  { pkgs, ... }:
  let
    # Types a command, and ends the shell.
    person = pkgs.writeShellScript "person" ''
      echo "echo typed > /tmp/typed"
      echo exit
      sleep 3
    '';
  in
  {
    name = "driver-machine";
    nodes.machine =
      { pkgs, ... }:
      {
        environment.systemPackages = [ pkgs.socat ];
        systemd.services = {
          page = {
            script = ''
              exec ${pkgs.socat}/bin/socat TCP-LISTEN:8000,fork,reuseaddr SYSTEM:'echo page'
            '';
          };
          broken.script = "exit 3";
        };
        networking.firewall.enable = false;
      };
    testScript =
      { nodes, ... }:
      ''
        import socket
        import sys
        from typing import Any

        SOCAT = "${pkgs.socat}/bin/socat"

        def ask(port: int) -> bytes:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                return connection.recv(100)

        machine.wait_for_unit("multi-user.target")

        with subtest("units"):
            t.assertEqual(machine.get_unit_property("page", "ActiveState"), "inactive")
            with t.assertRaisesRegex(Exception, "is inactive and there are no pending jobs"):
                machine.wait_for_unit("page.service")
            t.assertEqual(machine.start_job("page")[0], 0)
            machine.wait_for_unit("page")
            machine.require_unit_state("page.service", "active")
            t.assertEqual(machine.get_unit_info("page.service")["Id"], "page.service")
            machine.systemctl("start broken")
            machine.wait_until_succeeds("systemctl is-failed broken.service")
            with t.assertRaisesRegex(Exception, 'reached state "failed"'):
                machine.wait_for_unit("broken.service")
            # systemd executes itself anew, and is asked all the same.
            machine.succeed("systemctl daemon-reexec")
            machine.wait_for_unit("page.service")

        with subtest("waits"):
            machine.wait_for_open_port(8000)
            t.assertEqual(machine.stop_job("page")[0], 0)
            machine.wait_for_closed_port(8000)
            machine.succeed("systemctl start page")
            machine.execute("sleep 1; touch '/tmp/with space'", check_output=False)
            machine.wait_for_file("/tmp/with*")
            machine.succeed("socat UNIX-LISTEN:/tmp/stream,fork /dev/null >/dev/null 2>&1 &")
            machine.wait_for_open_unix_socket("/tmp/stream")
            machine.succeed("socat UNIX-RECV:/tmp/datagram /dev/null >/dev/null 2>&1 &")
            machine.wait_for_open_unix_socket("/tmp/datagram", is_datagram=True)
            machine.succeed("echo 0 > /tmp/count")
            machine.wait_until_succeeds("n=$(< /tmp/count); echo $((n + 1)) > /tmp/count; [[ $n -ge 2 ]]")
            machine.wait_until_fails("n=$(< /tmp/count); echo $((n - 1)) > /tmp/count; [[ $n -ge 2 ]]")
            before = float(machine.succeed("cut -d' ' -f1 /proc/uptime"))
            machine.sleep(1)
            t.assertGreater(float(machine.succeed("cut -d' ' -f1 /proc/uptime")), before + 0.9)

        with subtest("consoles"):
            machine.succeed("echo to the console > /dev/kmsg")
            machine.wait_for_console_text("to the con[s]ole", timeout=60)
            t.assertIn("to the console", machine.get_console_log())
            machine.dump_tty_contents("1")
            t.assertGreater(len(machine.get_tty_text("1")), 79)

        with subtest("plugs and ports"):
            link = "cat /sys/class/net/eth1/carrier"
            t.assertEqual(machine.succeed(link), "1\n")
            machine.block()
            machine.wait_until_succeeds(f"[[ $({link}) == 0 ]]")
            machine.unblock()
            machine.wait_until_succeeds(f"[[ $({link}) == 1 ]]")
            with socket.create_server(("127.0.0.1", 0)) as probe:
                port = probe.getsockname()[1]
            machine.forward_port(port, 8000)
            t.assertEqual(ask(port), b"page\n")

        with subtest("a person at the shell"):
            person = "SYSTEM:${person}"
            path = os.environ["PATH"]
            os.environ["PATH"] = f"{path}:{os.path.dirname(SOCAT)}"
            machine.shell_interact(person)
            os.environ["PATH"] = path
            machine.wait_for_file("/tmp/typed")
            t.assertEqual(machine.succeed("cat /tmp/typed"), "typed\n")

        with subtest("a person at the console"):
            machine.succeed("head -n 1 /dev/ttyS0 > /tmp/line &")
            read, write = os.pipe()
            os.write(write, b"words\n")
            os.close(write)
            stdin: Any = sys.stdin
            sys.stdin = os.fdopen(read)
            machine.console_interact()
            sys.stdin = stdin
            machine.wait_until_succeeds("grep words /tmp/line")

        with subtest("QEMU"):
            t.assertIn("running", machine.send_monitor_command("info status"))
            machine.qmp_client.send("stop")
            t.assertEqual(machine.wait_for_qmp_event(lambda event: event["event"] == "STOP")["event"], "STOP")
            machine.qmp_client.send("cont")
            machine.succeed("true")

        with subtest("another machine"):
            other = create_machine("${pkgs.lib.getExe nodes.machine.system.build.vm}", name="other")
            other.start()
            t.assertNotEqual(other.pid, machine.pid)
            boots = [each.succeed("cat /proc/sys/kernel/random/boot_id") for each in (machine, other)]
            t.assertNotEqual(*boots)
            other.crash()
            assert other.pid is None and machine.is_up()
      '';
  }
)
