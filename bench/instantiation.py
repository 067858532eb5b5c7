"""Time of writing a NixOS system's whole closure of derivations to an empty store, against a reference Nix.

    bench/instantiation.py NIXPKGS CONFIGURATION [--runs N]

Each side gets a fresh store below a temporary folder for each run.
Bar: at most 0.5 of the reference.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from cost import Cost, median, run
from peer import HOW_TO_NAME_ONE, own_program, peer_command, prefix_cost


def write_closure(command: list[str], options: list[str], folder: Path) -> tuple[Cost, int]:
    """What it takes with a fresh store, and how many derivations there are afterwards."""
    root = Path(tempfile.mkdtemp(dir=folder))
    cost = run([*command, *options, "--store", str(root)])
    count = sum(1 for _ in (root / "nix/store").glob("*.drv"))
    shutil.rmtree(root, ignore_errors=True)
    return cost, count


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("nixpkgs", type=Path)
    parser.add_argument("configuration", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    options = [str(arguments.nixpkgs / "nixos"), "-A", "config.system.build.toplevel"]
    options += ["-I", f"nixos-config={arguments.configuration.resolve()}"]
    own = [str(own_program("nix-instantiate"))]
    peer = peer_command("nix-instantiate")
    # Below the current folder, where a reference in a container sees it, too.
    with tempfile.TemporaryDirectory(dir=".") as folder:
        place = Path(folder).resolve()
        samples = [write_closure(own, options, place) for _ in range(arguments.runs)]
        mine = median([cost for cost, _ in samples])
        print(f"neve       {mine}   {samples[0][1]} derivations")
        if peer is None:
            print(HOW_TO_NAME_ONE)
            return
        theirs = [write_closure(peer, options, place) for _ in range(arguments.runs)]
        reference = median([cost for cost, _ in theirs]).less_start(prefix_cost(arguments.runs))
        print(f"reference  {reference}   {theirs[0][1]} derivations")
        print(f"ratio      {mine.ratio(reference)}")


if __name__ == "__main__":
    main()
