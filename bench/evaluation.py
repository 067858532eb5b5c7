"""Time and peak memory of evaluating a whole NixOS system, against a reference Nix in the same run.

    bench/evaluation.py NIXPKGS CONFIGURATION [--runs N] [--json]

NIXPKGS is a checkout of nixpkgs, CONFIGURATION a `configuration.nix`. Both sides run
`nix-instantiate --eval NIXPKGS/nixos -A config.system.build.toplevel.drvPath` and must print the same path.

Bars: at most 0.70 of the reference's wall clock, at most its peak memory.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from cost import Cost, median, run
from peer import HOW_TO_NAME_ONE, own_program, peer_command, prefix_cost


def compare(own: list[str], peer: list[str] | None, runs: int) -> dict[str, Cost]:
    """Runs both sides in turn, so that a change of the machine's load hits both."""
    mine: list[Cost] = []
    theirs: list[Cost] = []
    for _ in range(runs):
        mine.append(run(own))
        if peer is not None:
            theirs.append(run(peer))
    found = {"neve": median(mine)}
    if theirs:
        if mine[0].output != theirs[0].output:
            sys.exit(f"results differ:\n  {mine[0].output}\n  {theirs[0].output}")
        found["reference"] = median(theirs).less_start(prefix_cost(runs))
    return found


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("nixpkgs", type=Path)
    parser.add_argument("configuration", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    options = [
        "--eval",
        str(arguments.nixpkgs / "nixos"),
        "-A",
        "config.system.build.toplevel.drvPath",
    ]
    options += ["-I", f"nixos-config={arguments.configuration.resolve()}"]
    own = [str(own_program("nix-instantiate")), *options]
    peer = peer_command("nix-instantiate")
    found = compare(own, None if peer is None else [*peer, *options], arguments.runs)
    if arguments.json:
        print(json.dumps(found, default=asdict))
        return
    for side, cost in found.items():
        print(f"{side:10} {cost!s:40} {cost.peak_bytes / 2**20:6.0f} MiB")
    if peer is None:
        print(HOW_TO_NAME_ONE)
        return
    mine, reference = found["neve"], found["reference"]
    memory = mine.peak_bytes / reference.peak_bytes
    print(f"ratio      {mine.ratio(reference):40} {memory:6.2f}")


if __name__ == "__main__":
    main()
