"""How fast a local store is, against a reference Nix in the same run: adding, collecting, writing derivations.

    bench/store.py [--files N] [--derivations N] [--runs N] [--folder DIR] [--json]

Bars: adding 50,000 small files as store objects, and collecting 50,000 paths, at most 0.7 times the reference; writing
4,000 derivations to an empty store at most 0.5 times. The reference is found as `bench/peer.py` says; it must be able
to use the folder, which by default is a temporary one below the current folder. Seconds are those on the clock, and in
brackets those of the processor, which other work disturbs less.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from cost import Cost, median, run
from peer import HOW_TO_NAME_ONE, own_program, peer_command, prefix_cost

SETTINGS: Final = """\
substituters =
build-users-group =
keep-derivations = false
extra-experimental-features = nix-command
"""


@dataclass(frozen=True)
class Side:
    """Neve or the reference: how its programs are started, and what that costs beside the work."""

    name: str
    start: Callable[[str], list[str]]
    overhead_seconds: float

    def run(self, folder: Path, program: str, *words: str, given: str = "") -> Cost:
        """What a command takes on a store of its own."""
        command = [*self.start(program), "--store", str(folder / f"store-{self.name}"), *words]
        environment = {**os.environ, "NIX_CONFIG": SETTINGS, "NIX_CONF_DIR": str(folder)}
        cost = run(command, folder=folder, environment=environment, given=given)
        return cost.less_start(self.overhead_seconds)


def make_files(folder: Path, count: int) -> list[str]:
    """Small files that all differ."""
    numbers = random.Random(1)
    sources = folder / "files"
    sources.mkdir()
    paths = []
    for number in range(count):
        path = sources / f"file{number}"
        path.write_text(f"{number}\n" + "x" * numbers.randrange(10, 2000))
        paths.append(str(path))
    return paths


def make_expression(folder: Path, count: int) -> Path:
    """Derivations that depend on each other about as those of a package set do."""
    file = folder / "derivations.nix"
    file.write_text(
        f"""
        let
          count = {count};
          all = builtins.genList make count;
          pick = n: step: builtins.elemAt all (n / step);
          make = n: derivation {{
            name = "package-${{toString n}}-1.${{toString (n / 7)}}";
            system = "x86_64-linux";
            builder = "/bin/sh";
            args = [ "-e" "builder.sh" ];
            inputs = if n < 2 then [ ] else map (pick n) [ 2 3 5 7 11 13 17 19 ];
            configureFlags = builtins.genList (i: "--with-option-${{toString i}}=value-${{toString n}}") 20;
            script = builtins.concatStringsSep "\\n" (builtins.genList (i: "echo step ${{toString (i * n)}}") 40);
          }};
        in all
        """
    )
    return file


def measure_adding(side: Side, folder: Path, files: list[str]) -> dict[str, Cost]:
    """What it takes to add a tree, to add each file, and to collect all of it."""
    tree = side.run(folder, "nix-store", "--add", str(folder / "files"))
    each = side.run(folder, "nix-store", "--add", "--stdin", given="\n".join(files))
    return {
        "add one tree": tree,
        "add each file": each,
        "collect all": side.run(folder, "nix-store", "--gc"),
    }


def measure_derivations(side: Side, folder: Path, expression: Path) -> dict[str, Cost]:
    """Writing derivations to an empty store: what instantiating takes, less what only evaluating does."""
    words = ("--no-gc-warning", str(expression))
    evaluating = side.run(folder, "nix-instantiate", "--readonly-mode", *words)
    both = side.run(folder, "nix-instantiate", *words)
    writing = replace(
        both,
        clock=both.clock - evaluating.clock,
        processor=both.processor - evaluating.processor,
        output="",
    )
    return {"write derivations": writing}


@contextmanager
def workspace(parent: Path) -> Iterator[Path]:
    """A folder that goes away, with store objects in it that may not be written."""
    folder = Path(tempfile.mkdtemp(prefix="bench-store-", dir=parent))
    try:
        yield folder
    finally:
        subprocess.run(["chmod", "-R", "u+w", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def measure(side: Side, arguments: argparse.Namespace) -> dict[str, Cost]:
    """The median of each kind of work; every run has an empty store."""
    found: dict[str, list[Cost]] = {}
    for _ in range(arguments.runs):
        with workspace(arguments.folder) as folder:
            files = make_files(folder, arguments.files)
            expression = make_expression(folder, arguments.derivations)
            figures = measure_derivations(side, folder, expression)
            shutil.rmtree(folder / f"store-{side.name}", ignore_errors=True)
            figures |= measure_adding(side, folder, files)
        for name, cost in figures.items():
            found.setdefault(name, []).append(cost)
    return {name: median(costs) for name, costs in found.items()}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=50_000)
    parser.add_argument("--derivations", type=int, default=4000)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--folder", type=lambda text: Path(text).resolve(), default=Path.cwd())
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    sides = [Side("neve", lambda program: [str(own_program(program))], 0.0)]
    if peer_command("nix-store") is not None:
        cost = prefix_cost(3)
        sides.append(Side("reference", lambda program: peer_command(program) or [], cost))
    figures = {side.name: measure(side, arguments) for side in sides}
    if arguments.json:
        print(json.dumps(figures, default=asdict))
        return
    for name, mine in figures["neve"].items():
        line = f"{name:20} {mine!s:38}"
        theirs = figures.get("reference", {}).get(name)
        print(line if theirs is None else f"{line} {theirs!s:38} ratio {mine.ratio(theirs)}")
    if len(sides) == 1:
        print(HOW_TO_NAME_ONE)


if __name__ == "__main__":
    main()
