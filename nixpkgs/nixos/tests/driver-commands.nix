# What commands print, how they end, and that their connection is quick and loses nothing.
import ./make-test-python.nix {
  name = "driver-commands";
  nodes.machine = { };
  testScript = ''
    import statistics
    import time

    machine.wait_for_unit("multi-user.target")
    with subtest("statuses and outputs"):
        t.assertEqual(machine.execute("echo out; echo err >&2; exit 3"), (3, "out\n"))
        t.assertEqual(machine.execute("sleep 30", timeout=1)[0], 124)
        machine.fail("false | true")
        t.assertEqual(machine.succeed("printf 'a\\0b'"), "a\0b")
    with subtest("round trips"):
        seconds = []
        for _ in range(50):
            begin = time.monotonic()
            machine.succeed("true")
            seconds.append(time.monotonic() - begin)
        log.info(f"median of a round trip: {statistics.median(seconds) * 1000:.1f} ms")
    with subtest("ten million bytes"):
        begin = time.monotonic()
        t.assertEqual(len(machine.succeed("head -c 10000000 /dev/zero")), 10_000_000)
        log.info(f"ten million bytes: {time.monotonic() - begin:.2f} s")
    with subtest("a unit that is up"):
        begin = time.monotonic()
        machine.wait_for_unit("multi-user.target")
        log.info(f"wait_for_unit: {(time.monotonic() - begin) * 1000:.0f} ms")
    with subtest("a shell that dies"):
        with t.assertRaises(Exception):
            machine.succeed("kill -KILL $$; sleep 5")
        machine.succeed("true")
  '';
}
