#!/usr/bin/env python3
"""Feeds damaged input to the readers and to the evaluator, for minutes of processor time each.

    tests/fuzz.py [--minutes N] [TARGET …]

TARGET is parser, evaluator, derivation, nar or serial (JSON, TOML, regular expressions, versions); all of them if
none is named. Each runs in slices with seeds of their own, at low priority, until its processor time (10 minutes)
is used up. The first failure ends the run and says how to repeat it. Status 0 means: no panic, abort, hang or
growth beyond the limits that the tests set.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SLICE_SECONDS: Final = 30
PATIENCE_SECONDS: Final = 3600


@dataclass
class Target:
    """A set of tests that `cargo test` runs, and how much one slice does."""

    cargo: list[str]
    tests: list[str]
    environment: dict[str, str] = field(default_factory=dict)


TARGETS: Final = {
    "parser": Target(
        ["-p", "syntax", "--test", "parse"], ["damaged_language_cases_for_long", "--ignored"]
    ),
    "evaluator": Target(
        ["-p", "eval", "--test", "mutations"], ["damaged_programs_for_long", "--ignored"]
    ),
    "derivation": Target(
        ["-p", "formats", "--test", "text"], ["deriv"], {"PROPTEST_CASES": "10000"}
    ),
    "nar": Target(
        ["-p", "formats", "--test", "nar"],
        ["is_noticed", "is_refused"],
        {"PROPTEST_CASES": "20000"},
    ),
    "serial": Target(["-p", "eval", "--lib"], ["text::fuzz"]),
}


def processor_seconds() -> float:
    """What all processes that were waited for have used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run(name: str, target: Target, minutes: float) -> None:
    """Runs slices of a target until its time is used up; ends the program at the first failure."""
    command = ["cargo", "test", "--quiet", *target.cargo]
    subprocess.run([*command, "--no-run"], cwd=ROOT, check=True)
    start, started = processor_seconds(), time.monotonic()
    slices = 0
    while (used := processor_seconds() - start) < minutes * 60:
        seed = random.getrandbits(31)
        variables = target.environment | {
            "NEVE_FUZZ_SECONDS": str(SLICE_SECONDS),
            "NEVE_FUZZ_SEED": str(seed),
            "PROPTEST_RNG_SEED": str(seed),
        }
        try:
            done = subprocess.run(
                [*command, "--", *target.tests],
                cwd=ROOT,
                env=os.environ | variables,
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            sys.exit(f"{name}: seed {seed} hangs")
        if done.returncode != 0:
            words = [f"{key}={value}" for key, value in variables.items()]
            again = " ".join([*words, *command, "--", *target.tests])
            sys.exit(f"{done.stdout}{done.stderr}\n{name} failed; again with\n  {again}")
        slices += 1
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{name}: {used / 60:.1f} of {minutes:g} min ")
    minutes_taken = (time.monotonic() - started) / 60
    sys.stdout.write(
        f"{name}: {used / 60:.1f} CPU min in {slices} slices ({minutes_taken:.1f} min), no failure\n"
    )


def main() -> None:
    """Runs the targets that were named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=10.0, help="processor time of each target")
    options = parser.parse_args()
    if unknown := set(options.targets) - set(TARGETS):
        parser.error(
            f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}"
        )
    os.nice(19)
    for name in options.targets or TARGETS:
        run(name, TARGETS[name], options.minutes)
        sys.stdout.flush()


if __name__ == "__main__":
    main()
