"""How quick the test driver is with a machine that is up: commands, output, waits.

    bench/driver.py [--round-trips N] [--runs N] [--json]

One emulated machine boots; building it is not measured. Bars: 8 ms for a command, 3 s for ten million bytes, 100 ms
for a unit that is up. `idle host` is the share of this machine's processors that nothing used just before: on a busy
machine the figures say little.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from peer import own_program

_TEST: Final = """
let
  pkgs = import <nixpkgs> { };
in
(pkgs.testers.runNixOSTest {
  name = "driver-bench";
  nodes.machine = {
    services.openssh.enable = true;
    virtualisation = {
      cores = 2;
      graphics = false;
    };
  };
  testScript = builtins.readFile ./script.py;
}).driver
"""

_SCRIPT: Final = """
import json
import statistics
import time
from collections.abc import Callable

RUNS = int(os.environ["DRIVER_BENCH_RUNS"])
ROUND_TRIPS = int(os.environ["DRIVER_BENCH_ROUND_TRIPS"])

def measure(times: int, action: Callable[[], object]) -> float:
    seconds = []
    for _ in range(times):
        begin = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds) * 1000

def ten_million_bytes() -> None:
    output = machine.succeed("head -c 10000000 /dev/zero")
    t.assertEqual(len(output), 10_000_000)

machine.wait_for_unit("multi-user.target")
machine.wait_for_open_port(22)
machine.succeed("until [[ $(systemctl list-jobs) == No* ]]; do sleep 1; done")
figures = {
    "succeed(true)": measure(ROUND_TRIPS, lambda: machine.succeed("true")),
    "execute(true), limited": measure(ROUND_TRIPS, lambda: machine.execute("true")),
    "succeed(/bin/true)": measure(RUNS, lambda: machine.succeed("$(type -P true)")),
    "ten million bytes": measure(3, ten_million_bytes),
    "wait_for_unit": measure(RUNS, lambda: machine.wait_for_unit("sshd.service")),
    "wait_for_open_port": measure(RUNS, lambda: machine.wait_for_open_port(22)),
    "wait_for_file": measure(RUNS, lambda: machine.wait_for_file("/etc/passwd")),
}
print("FIGURES", json.dumps(figures))
"""


def build(folder: Path) -> Path:
    """The driver of a test with one machine."""
    (folder / "test.nix").write_text(_TEST)
    (folder / "script.py").write_text(_SCRIPT)
    subprocess.run(
        [own_program("nix-build"), "test.nix", "--out-link", "driver"],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return folder / "driver/bin/nixos-test-driver"


def measure(driver: Path, folder: Path, *, runs: int, round_trips: int) -> dict[str, float]:
    """Milliseconds by what was done, each a median."""
    environment = {
        **os.environ,
        "XDG_RUNTIME_DIR": str(folder),
        "DRIVER_BENCH_RUNS": str(runs),
        "DRIVER_BENCH_ROUND_TRIPS": str(round_trips),
    }
    done = subprocess.run(
        [driver], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    found = re.search(r"^FIGURES (.*)$", done.stdout, re.MULTILINE)
    if found is None:
        sys.exit("the machine could not be measured:\n" + done.stderr[-3000:])
    figures: dict[str, float] = json.loads(found[1])
    return figures


def idle_share(seconds: float = 2.0) -> float:
    """The share of all processors' time that nothing used in the next `seconds`."""

    def times() -> list[int]:
        return [int(word) for word in Path("/proc/stat").read_text().split("\n")[0].split()[1:9]]

    before = times()
    time.sleep(seconds)
    spent = [after - start for start, after in zip(before, times(), strict=True)]
    return (spent[3] + spent[4]) / max(1, sum(spent))


def main() -> None:
    """Boot the machine and print what it takes to talk to it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--round-trips", type=int, default=200)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="milliseconds as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="driver-bench-") as name:
        folder = Path(name)
        driver = build(folder)
        idle = idle_share()
        figures = measure(driver, folder, runs=arguments.runs, round_trips=arguments.round_trips)
    if arguments.json:
        print(json.dumps({"idle_host": round(idle, 2), "milliseconds": figures}))
        return
    print(f"{'idle host':24}{idle:10.0%}")
    for name, milliseconds in figures.items():
        print(f"{name:24}{milliseconds:10.1f} ms")


if __name__ == "__main__":
    main()
