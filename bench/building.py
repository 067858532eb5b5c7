"""Time of building many trivial derivations in sandboxes, and of asking again for a closure that is built.

    bench/building.py [--builds N] [--closure N] [--runs N]

Both sides work in fresh stores below the current folder, with two jobs and the same static shell.
Bars: 200 builds in at most 0.6 of the reference's time, a built closure of 3,000 derivations in at most 0.5. Seconds
are those on the clock, and in brackets those of the processor, which other work disturbs less.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from peer import HOW_TO_NAME_ONE, own_program, peer_command, prefix_cost

from neve.builder.shell import find_static_shell

BUILDS = """
builtins.genList (number: derivation {{
  name = "trivial-${{toString number}}";
  system = "{system}";
  builder = "/bin/sh";
  args = [ "-c" "echo ${{toString number}} > $out" ];
}}) {count}
"""

# A graph of layers of a hundred, each derivation needing two of the layers before.
CLOSURE = """
let
  all = builtins.genList (number: derivation {{
    name = "closure-${{toString number}}";
    system = "{system}";
    builder = "/bin/sh";
    args = [ "-c" "echo $inputs > $out" ];
    inputs = map (back: builtins.elemAt all (number - back)) (builtins.filter (back: back <= number) [ 100 137 ]);
  }}) {count};
in derivation {{
  name = "closure";
  system = "{system}";
  builder = "/bin/sh";
  args = [ "-c" "echo $inputs > $out" ];
  inputs = builtins.genList (number: builtins.elemAt all (builtins.length all - 1 - number)) 100;
}}
"""


Seconds = tuple[float, float]
"""On the clock, and of the processor."""


def run(command: list[str]) -> Seconds:
    """What a command takes that must succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}:\n{done.stderr[-2000:]}")
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def median(runs: list[Seconds]) -> Seconds:
    """The median of each."""
    clock, processor = zip(*runs, strict=True)
    return statistics.median(clock), statistics.median(processor)


class Bench:
    """One side of the comparison."""

    def __init__(self, command: list[str], folder: Path) -> None:
        shell = folder / "sh"
        self._command = [
            *command,
            *("--no-out-link", "-j2", "--option", "sandbox-paths", f"/bin/sh={shell}"),
            *("--option", "substitute", "false", "--option", "sandbox", "true"),
            *("--option", "sandbox-fallback", "false", "--option", "build-users-group", ""),
        ]
        self._folder = folder

    def first(self, expression: Path) -> tuple[Seconds, Path]:
        """Seconds of a first run in a fresh store, and the store."""
        store = Path(tempfile.mkdtemp(dir=self._folder))
        return run([*self._command, str(expression), "--store", str(store)]), store

    def again(self, expression: Path, store: Path) -> Seconds:
        """Seconds of a further run."""
        return run([*self._command, str(expression), "--store", str(store)])


def measure(bench: Bench, builds: Path, closure: Path, runs: int) -> list[Seconds]:
    """Median seconds of building the first expression, and of asking again for the second."""
    first = []
    for _ in range(runs):
        seconds, store = bench.first(builds)
        first.append(seconds)
        shutil.rmtree(store, ignore_errors=True)
    _, store = bench.first(closure)
    again = [bench.again(closure, store) for _ in range(runs * 3)]
    shutil.rmtree(store, ignore_errors=True)
    return [median(first), median(again)]


def show(name: str, figures: list[Seconds], unit: str) -> None:
    """Prints a line."""
    build, again = (f"{clock:6.2f}{unit} ({processor:.2f})" for clock, processor in figures)
    print(f"{name:10} to build {build:18} again {again}")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--builds", type=int, default=200)
    parser.add_argument("--closure", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    shell = find_static_shell()
    if shell is None:
        sys.exit("needs a static shell (Debian: busybox-static)")
    system = f"{os.uname().machine}-linux"
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name).resolve()
        shutil.copy(shell, folder / "sh")
        builds, closure = folder / "builds.nix", folder / "closure.nix"
        builds.write_text(BUILDS.format(system=system, count=arguments.builds))
        closure.write_text(CLOSURE.format(system=system, count=arguments.closure))
        own = Bench([str(own_program("nix-build"))], folder)
        mine = measure(own, builds, closure, arguments.runs)
        show("neve", mine, " s")
        peer = peer_command("nix-build")
        if peer is None:
            print(HOW_TO_NAME_ONE)
            return
        theirs = measure(Bench(peer, folder), builds, closure, arguments.runs)
        cost = prefix_cost(arguments.runs)
        reference = [(clock - cost, processor) for clock, processor in theirs]
        show("reference", reference, " s")
        pairs = zip(mine, reference, strict=True)
        show("ratio", [(own[0] / other[0], own[1] / other[1]) for own, other in pairs], "")


if __name__ == "__main__":
    main()
