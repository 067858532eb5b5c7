"""Time of building many trivial derivations in sandboxes, and of asking again for a closure that is built.

    bench/building.py [--builds N] [--closure N] [--runs N]

Both sides work in fresh stores below the current folder, with two jobs and the same static shell.
Bars: 200 builds in at most 0.6 of the reference's time, a built closure of 3,000 derivations in at most 0.5. Seconds
are those on the clock, and in brackets those of the processor, which other work disturbs less.
"""

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from cost import Cost, median, run
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
  inputs = builtins.genList (number: builtins.elemAt all (builtins.length all - 1 - number)) {top};
}}
"""
TOP_INPUTS = 100
"""How many of the closure's derivations its last one needs."""


_LINE = "{:10} to build {:36} again {}"


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

    def first(self, expression: Path) -> tuple[Cost, Path]:
        """What a first run takes in a fresh store, and the store."""
        store = Path(tempfile.mkdtemp(dir=self._folder))
        return run([*self._command, str(expression), "--store", str(store)]), store

    def again(self, expression: Path, store: Path) -> Cost:
        """What a further run takes."""
        return run([*self._command, str(expression), "--store", str(store)])


def measure(bench: Bench, builds: Path, closure: Path, runs: int) -> list[Cost]:
    """Medians of building the first expression, and of asking again for the second."""
    first = []
    for _ in range(runs):
        cost, store = bench.first(builds)
        first.append(cost)
        shutil.rmtree(store, ignore_errors=True)
    _, store = bench.first(closure)
    again = [bench.again(closure, store) for _ in range(runs * 3)]
    shutil.rmtree(store, ignore_errors=True)
    return [median(first), median(again)]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--builds", type=int, default=200)
    parser.add_argument("--closure", type=int, default=3000)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.closure < TOP_INPUTS:
        parser.error(f"--closure must be at least {TOP_INPUTS}: so many are the top's inputs")
    shell = find_static_shell()
    if shell is None:
        sys.exit("needs a static shell (Debian: busybox-static)")
    system = f"{os.uname().machine}-linux"
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name).resolve()
        shutil.copy(shell, folder / "sh")
        builds, closure = folder / "builds.nix", folder / "closure.nix"
        builds.write_text(BUILDS.format(system=system, count=arguments.builds))
        closure.write_text(CLOSURE.format(system=system, count=arguments.closure, top=TOP_INPUTS))
        own = Bench([str(own_program("nix-build"))], folder)
        mine = measure(own, builds, closure, arguments.runs)
        print(_LINE.format("neve", *map(str, mine)))
        peer = peer_command("nix-build")
        if peer is None:
            print(HOW_TO_NAME_ONE)
            return
        theirs = measure(Bench(peer, folder), builds, closure, arguments.runs)
        cost = prefix_cost(arguments.runs)
        reference = [each.less_start(cost) for each in theirs]
        print(_LINE.format("reference", *map(str, reference)))
        ratios = [own.ratio(other) for own, other in zip(mine, reference, strict=True)]
        print(_LINE.format("ratio", *ratios))


if __name__ == "__main__":
    main()
