"""How fast a tree is archived and hashed, against `sha256sum` over the same bytes in the same run.

    bench/nar_hash.py [--size MB] [--path TREE] [--runs N] [--json]

Without `--path` a tree of `--size` megabytes (2048) is made in a temporary folder: three quarters in large files, the
rest in small ones. Bar: at least 0.9 times the speed of `sha256sum`, in constant memory. A faster `openssl` is shown,
too, where it is installed.
"""

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from neve import _core

LARGE_FILE: Final = 128 << 20
SMALL_FILE: Final = 25_000
CANDIDATES: Final = 2000


@contextmanager
def sample_tree(megabytes: int) -> Iterator[Path]:
    """Makes a tree of that size, which goes away again."""
    with tempfile.TemporaryDirectory(prefix="nar-hash-") as folder:
        root = Path(folder)
        left = megabytes << 20
        numbers = random.Random(1)
        block = numbers.randbytes(1 << 20)
        for index in range(int(left * 0.75) // LARGE_FILE):
            with (root / f"large{index}").open("wb") as file:
                for _ in range(LARGE_FILE >> 20):
                    file.write(block)
            left -= LARGE_FILE
        index = 0
        while left > 0:
            size = min(left, int(numbers.expovariate(1 / SMALL_FILE)) + 1)
            path = root / f"small{index % 200}" / f"{index}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(block[:size])
            left -= size
            index += 1
        yield root


def files_below(root: Path) -> list[str]:
    """All regular files, in no special order."""
    return [
        os.path.join(folder, name)
        for folder, _, names in os.walk(root)
        for name in names
        if not os.path.islink(os.path.join(folder, name))
    ]


def timed(ways: Mapping[str, Callable[[], object]], runs: int) -> dict[str, float]:
    """Median seconds of each; in turns, so that whatever else the machine does hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, action in ways.items():
            start = time.perf_counter()
            action()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def hash_with(command: list[str], files: list[str]) -> Callable[[], None]:
    """Hashes files with a program, as few times started as possible."""
    arguments = "\0".join(files).encode()

    def run() -> None:
        subprocess.run(
            ["xargs", "-0", *command], input=arguments, stdout=subprocess.DEVNULL, check=True
        )

    return run


def measure(root: Path, runs: int) -> dict[str, float]:
    """Megabytes per second of each way, and the peak of memory in megabytes."""
    files = files_below(root)
    size = sum(os.path.getsize(file) for file in files) / 1e6
    for file in files:
        # Once through everything, so that all find it in memory.
        _core.hash_file("blake3", file)
    candidates = [
        _core.encode_nix32(_core.hash_bytes("sha1", str(number).encode()))
        for number in range(CANDIDATES)
    ]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ways: dict[str, Callable[[], object]] = {
        "archive": lambda: _core.summarise_path(str(root)),
        "archive_with_references": lambda: _core.summarise_path(str(root), candidates),
        "sha256sum": hash_with(["sha256sum"], files),
    }
    if shutil.which("openssl"):
        ways["openssl"] = hash_with(["openssl", "dgst", "-sha256"], files)
    result = {name: size / seconds for name, seconds in timed(ways, runs).items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result["memory_growth"] = (peak - before) / 1024
    result["ratio"] = result["archive"] / result["sha256sum"]
    return result


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", type=int, default=2048, help="megabytes of the tree to make")
    parser.add_argument("--path", type=Path, help="a tree to use instead")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    arguments = parser.parse_args()
    if arguments.path is not None:
        figures = measure(arguments.path, arguments.runs)
    else:
        with sample_tree(arguments.size) as root:
            figures = measure(root, arguments.runs)
    if arguments.json:
        json.dump(figures, sys.stdout)
        print()
        return
    for name, value in figures.items():
        unit = {"ratio": "", "memory_growth": " MB"}.get(name, " MB/s")
        print(f"{name:24}{value:10.2f}{unit}")


if __name__ == "__main__":
    main()
