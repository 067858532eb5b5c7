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
import tempfile
from pathlib import Path
from typing import Final

from cost import Cost, run
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


def neve(program: str, *arguments: str, store: str = "") -> Cost:
    """What one of Neve's programs takes, with its output."""
    command = [str(own_program(program)), *arguments, "--option", "substituters", ""]
    return run([*command, "--store", store] if store else command)


def lines(program: str, *arguments: str, store: str = "") -> list[str]:
    """The words that one of Neve's programs prints."""
    return neve(program, *arguments, store=store).output.split()


def forget(outputs: list[str], store: str) -> None:
    """Delete what an earlier run has made, so that this one makes it again."""
    missing = set(lines("nix-store", "--check-validity", "--print-invalid", *outputs, store=store))
    made = [path for path in outputs if path not in missing]
    if made:
        neve("nix-store", "--delete", *made, store=store)


def time_unpacking(files: list[str]) -> Cost:
    """Until `dpkg-deb` has unpacked each file into a folder of its own."""
    with tempfile.TemporaryDirectory(dir=Path(files[0]).parents[3]) as folder:
        unpack = f"dpkg-deb -x {{}} {folder}/$$"
        command = ["xargs", "-P", str(os.cpu_count()), "-I{}", "sh", "-c", unpack]
        return run(command, given="\n".join(files))


def hashes(paths: list[str], store: str = "") -> dict[str, str]:
    """Store path → hash of its archive."""
    return dict(zip(paths, lines("nix-store", "-q", "--hash", *paths, store=store), strict=True))


def main() -> None:
    """Prints both times and their ratio."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--store", type=Path, default=Path("/var/tmp/neve-bench"))
    parser.add_argument("--identical", action="store_true")
    options = parser.parse_args()
    store = f"local?root={options.store}"
    drvs = lines("nix-instantiate", "-E", EXPRESSION % json.dumps(PACKAGES), store=store)
    closure = lines("nix-store", "-qR", *drvs, store=store)
    debs = [path for path in closure if path.endswith(".deb.drv")]
    files = [
        f"{options.store}{path}" for path in lines("nix-store", "--realise", *debs, store=store)
    ]
    units = [path for path in closure if path.endswith(".drv") and not path.endswith(".deb.drv")]
    forget(lines("nix-store", "-q", "--outputs", *units, store=store), store)
    ours = neve("nix-store", "--realise", *drvs, store=store)
    theirs = time_unpacking(files)
    print(f"{len(files)} files, {len(units)} store objects")
    print(f"neve {ours}, dpkg-deb -x {theirs}")
    print(f"ratio {ours.ratio(theirs)} (bar: 1.5)")
    if options.identical:
        outputs = lines("nix-store", "-q", "--outputs", *units, store=store)
        lines("nix-instantiate", "-E", EXPRESSION % json.dumps(PACKAGES))
        lines("nix-store", "--realise", *units)
        here, there = hashes(outputs), hashes(outputs, store)
        print(
            f"identical in both stores: {sum(here[path] == there[path] for path in outputs)} of {len(outputs)}"
        )


if __name__ == "__main__":
    main()
