"""The channel from nothing, its index, and what evaluating and searching packages costs.

    python bench/channel.py [--evaluation]

`from nothing` is `nix-shell -p hello --run hello` in an empty /nix with an empty home (needs root, and a mirror); the
time of the processors is Neve's own, the rest of the clock's is mostly waiting for the mirror. Evaluations use the
channel that <nixpkgs> means here. Bars stand beside the figures.
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from cost import Cost, run
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


def describe(cost: Cost) -> str:
    """With the memory, to be read."""
    return f"{cost}, {cost.peak_bytes / 2**20:.0f} MiB"


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
        command += ["-p", "hello", "--run", "hello"]
        cost = run(command, environment=environment)
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
        run(command)
        print(f"{name}: {describe(run(command))}", flush=True)
    if options.evaluation:
        return
    clock, processor = measure_index()
    print(f"index (bar: 8 s): {clock:.1f} s, {processor:.1f} s of the processor", flush=True)
    print(f"from nothing (bar: 60 s, Neve's own 15 s): {describe(measure_from_nothing())}")


if __name__ == "__main__":
    main()
