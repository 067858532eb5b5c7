"""Making store objects from Debian's packages, against `dpkg-deb -x` alone over the same files.

    python bench/unpacking.py [--store FOLDER] [--identical]

Downloads the packages of a system with a web server, an emulator, a browser and compilers (about 400) into a store of
its own, then times what comes after: unpacking, laying out, pointing at the store, hashing and registering. `dpkg-deb`
runs in as many processes as there are processors. With `--identical` the objects are compared with those of the
machine's store, where they are built first.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from peer import own_program

PACKAGES: Final = (
    *("systemd", "udev", "dbus", "bash", "coreutils", "util-linux", "iproute2", "kmod", "login"),
    *("passwd", "findutils", "grep", "sed", "gawk", "procps", "nftables", "iptables"),
    *("openssh-server", "nginx", "curl", "qemu-system-x86", "linux-image-amd64", "firefox-esr"),
    *("gcc", "make", "python3", "xorriso", "squashfs-tools", "erofs-utils", "vde2", "dosfstools"),
    *("grub-efi-amd64-bin", "mtools", "git", "perl", "network-manager", "gdb", "cmake", "vim"),
    *("postgresql-17", "nodejs", "ruby", "imagemagick"),
)
EXPRESSION: Final = """
  let packages = (import <nixpkgs> { config = { }; overlays = [ ]; }).debianPackages;
  in map (name: packages.${name}.unwrapped or packages.${name}) (builtins.fromJSON ''%s'')
"""


def run(program: str, *arguments: str, store: str = "") -> list[str]:
    """The lines that one of Neve's programs prints."""
    command = [str(own_program(program)), *arguments, "--option", "substituters", ""]
    command += ["--store", store] if store else []
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout.split()


@dataclass(frozen=True)
class Seconds:
    """What work took."""

    clock: float
    processor: float
    """User and system time, which other work on the machine disturbs less."""

    def describe(self) -> str:
        """Both, to be read."""
        return f"{self.clock:.1f} s ({self.processor:.1f} s of the processors)"


def measure(work: Callable[[], object]) -> Seconds:
    """Times work that other processes do."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    work()
    clock, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Seconds(clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def time_building(store: str, drvs: list[str]) -> Seconds:
    """Until the packages are in the store."""
    return measure(lambda: run("nix-store", "--realise", *drvs, store=store))


def time_unpacking(files: list[str]) -> Seconds:
    """Until `dpkg-deb` has unpacked the files."""
    with tempfile.TemporaryDirectory(dir=Path(files[0]).parents[3]) as folder:
        return measure(lambda: unpack(files, folder))


def unpack(files: list[str], folder: str) -> None:
    """Unpacks each file into a folder of its own."""
    command = f"dpkg-deb -x {{}} {folder}/$$"
    subprocess.run(
        ["xargs", "-P", str(os.cpu_count()), "-I{}", "sh", "-c", command],
        input="\n".join(files),
        text=True,
        check=True,
    )


def hashes(paths: list[str], store: str = "") -> dict[str, str]:
    """Store path → hash of its archive."""
    return dict(zip(paths, run("nix-store", "-q", "--hash", *paths, store=store), strict=True))


def main() -> None:
    """Prints both times and their ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--store", type=Path, default=Path("/var/tmp/neve-bench"))
    parser.add_argument("--identical", action="store_true")
    options = parser.parse_args()
    store = f"local?root={options.store}"
    drvs = run("nix-instantiate", "-E", EXPRESSION % json.dumps(PACKAGES), store=store)
    closure = run("nix-store", "-qR", *drvs, store=store)
    debs = [path for path in closure if path.endswith(".deb.drv")]
    files = [f"{options.store}{path}" for path in run("nix-store", "--realise", *debs, store=store)]
    units = [path for path in closure if path.endswith(".drv") and not path.endswith(".deb.drv")]
    ours = time_building(store, drvs)
    theirs = time_unpacking(files)
    print(f"{len(files)} files, {len(units)} store objects")
    print(f"neve {ours.describe()}, dpkg-deb -x {theirs.describe()}")
    clock, processor = ours.clock / theirs.clock, ours.processor / theirs.processor
    print(f"ratio {clock:.2f}, of processor time {processor:.2f} (bar: 1.5)")
    if options.identical:
        outputs = run("nix-store", "-q", "--outputs", *units, store=store)
        run("nix-instantiate", "-E", EXPRESSION % json.dumps(PACKAGES))
        run("nix-store", "--realise", *units)
        here, there = hashes(outputs), hashes(outputs, store)
        print(
            f"identical in both stores: {sum(here[path] == there[path] for path in outputs)} of {len(outputs)}"
        )


if __name__ == "__main__":
    main()
