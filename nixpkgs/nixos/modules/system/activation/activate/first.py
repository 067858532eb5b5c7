"""The first activation of an empty root, done when the system is built.

What activation makes of an empty root follows from the configuration alone. So the same steps run at build time, in a
folder, and a machine that starts for the first time only unpacks the result. Owners, set-id modes and capabilities,
which nobody can set there, are written down and become those of the archive.
"""

from __future__ import annotations

import hashlib
import os
import resource
import sys
import tarfile
from typing import TYPE_CHECKING, Final

from activate.main import run_steps
from activate.target import Target

if TYPE_CHECKING:
    from typing_extensions import override
else:

    def override(method: object) -> object:
        """Say that a method takes the place of one; only a checker of types looks."""
        return method


_NOT_OF_THE_ROOT: Final = {"nix", "run", "tmp"}
"""What earlier stages of a boot make; it has nothing of an earlier activation."""

_MODE_OF_ARCHIVES: Final = 0o7777


class Record(Target):
    """A system in the folder `root` that is built; `seed` is what its random bytes follow from."""

    def __init__(self, root: str, seed: str) -> None:
        super().__init__(root)
        self.run = "first"
        self.granted: dict[int, tuple[int, int, int]] = {}
        self.capabilities: dict[int, bytes] = {}
        self._seed = seed.encode()
        # As long as a file is open, no other one gets its number.
        self._held: list[int] = []
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    @override
    def random(self, size: int) -> bytes:
        """Bytes that are the same in each build: salts of digests whose passwords are in the store beside them."""
        self._seed = hashlib.sha256(self._seed).digest()
        return self._seed[:size]

    @override
    def grant(self, file: int | str, uid: int, gid: int, mode: int) -> None:
        """Write down an owner and a mode, by the number of the file, which it keeps when it is renamed."""
        self._held.append(os.dup(file) if isinstance(file, int) else os.open(file, os.O_PATH))
        self.granted[os.stat(file).st_ino] = uid, gid, mode

    @override
    def set_capabilities(self, place: str, value: bytes) -> None:
        """Write down capabilities."""
        self.capabilities[os.stat(place).st_ino] = value


def _describe(target: Record, member: tarfile.TarInfo, place: str) -> tarfile.TarInfo:
    """The entry of an archive for a file, with what was written down about it."""
    number = os.lstat(place).st_ino
    uid, gid, mode = target.granted.get(number, (0, 0, member.mode & _MODE_OF_ARCHIVES))
    member.uid, member.gid, member.mode = uid, gid, mode
    member.uname = member.gname = ""
    member.mtime = 0
    if number in target.capabilities:
        value = target.capabilities[number].decode("utf-8", "surrogateescape")
        member.pax_headers = {"SCHILY.xattr.security.capability": value}
    return member


def write_archive(target: Record, path: str) -> None:
    """Write all that there is in the target's root to a tar archive at `path`."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, errors="surrogateescape") as archive:
        for parent, folders, names in os.walk(target.root):
            folders.sort()
            for name in sorted([*folders, *names]):
                place = f"{parent}/{name}"
                inner = os.path.relpath(place, target.root)
                member = _describe(target, archive.gettarinfo(place, inner), place)
                if member.isreg():
                    with open(place, "rb") as stream:
                        archive.addfile(member, stream)
                else:
                    archive.addfile(member)


def main() -> int:
    """Do the steps that the derivation names, and write `files.tar` and the list `places` of what the root gets."""
    out, root = os.environ["out"], os.path.abspath("root")
    os.umask(0o022)
    os.mkdir(root)
    target = Record(root, seed=out)
    status = run_steps(target, os.environ["activationPlan"], os.environ["steps"].split())
    if status:
        return status
    os.mkdir(out)
    write_archive(target, f"{out}/files.tar")
    places = sorted(set(os.listdir(root)) - _NOT_OF_THE_ROOT)
    with open(f"{out}/places", "w", encoding="utf-8") as stream:
        stream.writelines(f"/{place}\n" for place in places)
    return 0


if __name__ == "__main__":
    sys.exit(main())
