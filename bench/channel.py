"""The channel from nothing, its index, and what evaluating and searching packages costs.

    python bench/channel.py [--evaluation]

`from nothing` is `nix-shell -p hello --run hello` in an empty /nix with an empty home (needs root, and a mirror); the
time of the processors is Neve's own, the rest of the clock's is mostly waiting for the mirror. Evaluations use the
channel that <nixpkgs> means here. Bars stand beside the figures.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from peer import own_program

from neve.debian.channel import GenerationPlan, make_generation
from neve.debian.download import Downloader
from neve.debian.mirror import Mirror

NIXPKGS: Final = Path(__file__).resolve().parents[1] / "nixpkgs"
EVALUATIONS: Final = {
    "firefox.drvPath (bar: 0.3 s, 150 MB)": (
        "nix-instantiate",
        *(
            "--eval",
            "-E",
            "(import <nixpkgs> { config = { }; overlays = [ ]; }).firefox.drvPath",
        ),
    ),
    "nix search": ("nix", "search", "-f", "<nixpkgs>", ".", "^hello$"),
    "nix-env -qa": ("nix-env", "-f", "<nixpkgs>", "-qa", "hello"),
}


@dataclass(frozen=True)
class Cost:
    """What a process took."""

    clock: float
    processor: float
    memory: float
    """Megabytes at the most."""

    def describe(self) -> str:
        """All, to be read."""
        return f"{self.clock:.2f} s, {self.processor:.2f} s of the processors, {self.memory:.0f} MB"


def measure(command: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Runs a command that must succeed."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=errors
        )
        _, status, usage = os.wait4(process.pid, 0)
        clock = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        if process.returncode:
            sys.exit(f"{' '.join(command)}:\n{errors.read().decode()[-2000:]}")
    return Cost(clock, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def measure_index() -> tuple[float, float]:
    """Seconds on the clock and of the processor for a generation whose lists are downloaded already."""
    mirror = Mirror.find()
    with tempfile.TemporaryDirectory() as folder, Downloader(proxy=mirror.proxy) as downloader:
        cache = Path(folder, "cache")
        cache.mkdir()
        plan = GenerationPlan(NIXPKGS, mirror, ["x86_64-linux"], cache_dir=cache)
        make_generation(Path(folder, "first"), plan, downloader)
        clock, processor = time.perf_counter(), time.process_time()
        make_generation(Path(folder, "second"), plan, downloader)
        return time.perf_counter() - clock, time.process_time() - processor


def measure_from_nothing() -> Cost:
    """A program of a package on a machine that Neve never ran on."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder, "nix").mkdir()
        environment = {"HOME": f"{folder}/home", "PATH": os.environ["PATH"], "USER": "root"}
        Path(folder, "home").mkdir()
        inner = f'mount --bind {folder}/nix /nix && exec "$@"'
        command = ["unshare", "--mount", "sh", "-c", inner, "sh", str(own_program("nix-shell"))]
        cost = measure([*command, "-p", "hello", "--run", "hello"], environment)
        # Objects of the store are read-only, their directories too.
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)
        return cost


def main() -> None:
    """Prints all figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--evaluation", action="store_true", help="no more than evaluations")
    options = parser.parse_args()
    for name, (program, *arguments) in EVALUATIONS.items():
        command = [str(own_program(program)), *arguments]
        measure(command)
        print(f"{name}: {measure(command).describe()}", flush=True)
    if options.evaluation:
        return
    clock, processor = measure_index()
    print(f"index (bar: 8 s): {clock:.1f} s, {processor:.1f} s of the processor", flush=True)
    print(f"from nothing (bar: 60 s, Neve's own 15 s): {measure_from_nothing().describe()}")


if __name__ == "__main__":
    main()
