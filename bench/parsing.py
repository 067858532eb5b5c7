"""Time of parsing every Nix file of a tree in one process, against a reference Nix in the same run.

    bench/parsing.py TREE [--files N]

The reference parses many files in each process (`nix-instantiate --parse`), and what starting such a process takes is
taken off; with `--files`, a sample of that many files stands for the tree. Bar: at most 0.5 of the reference.
"""

import argparse
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Final

from cost import median, run
from peer import HOW_TO_NAME_ONE, peer_command

from neve._core import Evaluator
from neve.errors import EvaluationError
from neve.lang.host import Host
from neve.settings import Settings

# Files in one process of the reference: their paths must fit its command line.
_BATCH: Final = 1000


def make_evaluator() -> Evaluator:
    """One that says nothing."""
    return Evaluator(Host(Settings.load(os.environ), lambda _level, _text: None), {})


def expressions(files: list[Path]) -> list[Path]:
    """The files that are expressions: a tree may hold templates and fragments, too."""
    evaluator = make_evaluator()
    found = []
    for file in files:
        try:
            evaluator.parse_to_text(file.read_bytes(), base_dir=str(file.parent), origin=str(file))
        except EvaluationError:
            continue
        found.append(file)
    return found


def parse_all(files: list[Path]) -> float:
    """Seconds that parsing and printing all of them takes."""
    evaluator = make_evaluator()
    texts = [(file, file.read_bytes()) for file in files]
    start = time.perf_counter()
    for file, text in texts:
        evaluator.parse_to_text(text, base_dir=str(file.parent), origin=str(file))
    return time.perf_counter() - start


def reference_seconds(peer: list[str], files: list[Path]) -> float:
    """Seconds of the reference over the files, less the start of its processes."""
    with tempfile.NamedTemporaryFile(suffix=".nix", dir=files[0].parent) as empty:
        empty.write(b"1\n")
        empty.flush()
        starts = [run([*peer, "--parse", empty.name]) for _ in range(15)]
    start = time.perf_counter()
    batches = [files[first : first + _BATCH] for first in range(0, len(files), _BATCH)]
    for batch in batches:
        subprocess.run([*peer, "--parse", *map(str, batch)], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start - median(starts).clock * len(batches)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tree", type=Path)
    parser.add_argument("--files", type=int, default=0, help="the largest N files only")
    arguments = parser.parse_args()
    files = sorted(
        arguments.tree.resolve().rglob("*.nix"), key=lambda file: file.stat().st_size, reverse=True
    )
    if arguments.files:
        files = files[: arguments.files]
    files = expressions(files)
    size = sum(file.stat().st_size for file in files)
    own = parse_all(files)
    print(f"neve       {own:6.2f} s   {len(files)} files, {size / own / 1e6:.0f} MB/s")
    peer = peer_command("nix-instantiate")
    if peer is None:
        print(HOW_TO_NAME_ONE)
        return
    reference = reference_seconds(peer, files)
    print(f"reference  {reference:6.2f} s\nratio      {own / reference:6.2f}")


if __name__ == "__main__":
    main()
