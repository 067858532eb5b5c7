"""Which of the programs that do not start from the store do not start on Debian either.

    python bench/debian_start.py FILE

Takes what `program_start.py --json FILE` found. For each package with a program that failed, the files of the package
and of everything that it is made with are unpacked as they are into one root, as Debian's own tools would, and the
program is started there in the same way. Nothing is configured: no maintainer script runs. A failure counts as Debian's
own only when it begins with the same words. Needs root.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from peer import own_program
from program_start import SCREENS, Place, Start, virtual_screen, why_not

MERGED: Final = ("bin", "sbin", "lib", "lib64")
"""Directories of the root that are links to those of the same name below /usr."""
ALIKE: Final = 36
"""Characters of a reason: `ModuleNotFoundError: No module named` and the beginning of the name."""


def package_files(package: str) -> list[str]:
    """The `.deb` files of a package, of its dependencies, and of the shells that scripts take for granted."""
    expression = f'(import <nixpkgs> {{ config.allowUnfree = true; }}).debianPackages."{package}"'
    drv = _said("nix-instantiate", "-E", expression)[0]
    debs = [path for path in _said("nix-store", "-qR", drv) if path.endswith(".deb.drv")]
    return _said("nix-store", "--realise", *debs)


def _said(program: str, *arguments: str) -> list[str]:
    command = [str(own_program(program)), *arguments]
    return subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
    ).stdout.split()


def make_root(root: Path, files: list[str]) -> None:
    """Unpacks package files side by side."""
    for name in MERGED:
        (root / "usr" / name).mkdir(parents=True)
        (root / name).symlink_to(f"usr/{name}")
    for name in ("proc", "dev", "etc", SCREENS):
        (root / name).mkdir(parents=True)
    (root / "tmp").chmod(0o1777)
    for file in files:
        subprocess.run(["dpkg-deb", "-x", file, str(root)], check=True)


def source_of(program: str, root: Path) -> str | None:
    """Where the root has a program of a store object."""
    name = Path(program).name
    places = (f"/usr/{folder}/{name}" for folder in ("bin", "sbin", "games"))
    return next((place for place in places if (root / place[1:]).is_file()), None)


def start_on_debian(start: Start, place: Place) -> str:
    """Why the program does not start in the root; empty when it does, and when nothing there has its name."""
    assert place.root is not None
    program = source_of(start.program, place.root)
    return "" if program is None else why_not(place, program)


def is_same(reason: str, other: str) -> bool:
    """Whether two reasons are about the same thing; what follows names places."""
    return bool(other) and reason[:ALIKE] == other[:ALIKE]


def compare(failed: list[Start], display: str) -> dict[str, str]:
    """Program → why it does not start on Debian; all are of one package."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "root")
        Path(folder).chmod(0o755)
        make_root(root, package_files(failed[0].package))
        place = Place(display, root)
        return {start.program: start_on_debian(start, place) for start in failed}


def main() -> None:
    """Prints for each program that failed what becomes of it on Debian, then how many fail on both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path)
    results = [Start(**entry) for entry in json.loads(parser.parse_args().file.read_text())]
    failed = [result for result in results if result.reason]
    both = set()
    with virtual_screen() as display:
        for package in sorted({result.package for result in failed}):
            own = [result for result in failed if result.package == package]
            reasons = compare(own, display)
            for program, reason in reasons.items():
                print(f"{package}: {program}: {reason or 'starts'}", flush=True)
            if all(is_same(result.reason, reasons[result.program]) for result in own):
                both.add(package)
    packages = {result.package for result in results}
    ours = {result.package for result in failed} - both
    started = len(packages) - len(ours) - len(both)
    on_debian = len(packages) - len(both)
    print(f"of {len(packages)} packages, {len(both)} start neither from the store nor on Debian")
    print(
        f"of {on_debian} that start on Debian, {started} start from the store ({started / on_debian:.1%})"
    )


if __name__ == "__main__":
    main()
