"""Time and peak memory of evaluating a whole NixOS system, against a reference Nix in the same run.

    bench/evaluation.py NIXPKGS CONFIGURATION [--runs N] [--json]

NIXPKGS is a checkout of nixpkgs, CONFIGURATION a `configuration.nix`. Both sides run
`nix-instantiate --eval NIXPKGS/nixos -A config.system.build.toplevel.drvPath` and must print the same path.

Bars: at most 0.70 of the reference's wall clock, at most its peak memory.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from peer import HOW_TO_NAME_ONE, own_program, peer_command, prefix_cost


@dataclass
class Sample:
    """One run of a command."""

    seconds: float
    peak_bytes: int
    output: str


def measure(command: list[str]) -> Sample:
    """Runs a command that must succeed; peak memory is that of the whole process, not of its children."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    output = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with status {process.returncode}")
    return Sample(time.perf_counter() - start, usage.ru_maxrss * 1024, output.strip())


def compare(own: list[str], peer: list[str] | None, runs: int) -> dict[str, object]:
    """Runs both sides in turn, so that a change of the machine's load hits both."""
    mine: list[Sample] = []
    theirs: list[Sample] = []
    for _ in range(runs):
        mine.append(measure(own))
        if peer is not None:
            theirs.append(measure(peer))
    result: dict[str, object] = {"neve": asdict(summarise(mine))}
    if theirs:
        if mine[0].output != theirs[0].output:
            sys.exit(f"results differ:\n  {mine[0].output}\n  {theirs[0].output}")
        reference = summarise(theirs)
        reference.seconds -= prefix_cost(runs)
        result["reference"] = asdict(reference)
        result["time_ratio"] = summarise(mine).seconds / reference.seconds
        result["memory_ratio"] = summarise(mine).peak_bytes / reference.peak_bytes
    return result


def summarise(samples: list[Sample]) -> Sample:
    """The median of the times, the greatest of the peaks."""
    return Sample(
        statistics.median(sample.seconds for sample in samples),
        max(sample.peak_bytes for sample in samples),
        samples[0].output,
    )


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
    result = compare(own, None if peer is None else [*peer, *options], arguments.runs)
    if arguments.json:
        print(json.dumps(result))
        return
    for side in ("neve", "reference"):
        if isinstance(sample := result.get(side), dict):
            print(f"{side:10} {sample['seconds']:6.2f} s   {sample['peak_bytes'] / 2**20:6.0f} MiB")
    if peer is None:
        print(HOW_TO_NAME_ONE)
    else:
        print(f"ratio      {result['time_ratio']:6.2f}     {result['memory_ratio']:6.2f}")


if __name__ == "__main__":
    main()
