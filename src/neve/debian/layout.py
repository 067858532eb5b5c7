"""Where the files of a Debian package go in a store object.

    /usr/bin /bin /usr/sbin /sbin /usr/games       → bin
    /usr/lib /lib /usr/lib64 /lib64                → lib
    /usr/lib/<triplet>                             → lib
    /usr/include/<triplet>                         → include
    /usr/share, /usr/libexec, any other /usr/x     → share, libexec, x
    /etc, /var, /boot, any other /x                → etc, var, boot, x

`docs/decisions/0010-layout-of-debian-packages.md` says why.
"""

from dataclasses import dataclass
from typing import Final

_MERGED: Final = {"sbin": "bin", "games": "bin", "lib64": "lib"}
_ROOT_LINKS: Final = frozenset({"bin", "sbin", "lib", "lib64", "lib32", "libx32", "libo32"})
"""Names that exist both in `/` and in `/usr`; in Debian the former are links to the latter."""


@dataclass(frozen=True)
class Placement:
    """Maps paths of a Debian system to paths of a store object."""

    triplet: str

    def place(self, path: str) -> str:
        """The place of a path, both without a leading slash; empty for the root and `/usr`."""
        path = "" if path == "usr" else path.removeprefix("usr/")
        top, _, rest = path.partition("/")
        top = _MERGED.get(top, top)
        if top in {"lib", "include"}:
            directory, _, below = rest.partition("/")
            rest = below if directory == self.triplet else rest
        return f"{top}/{rest}" if rest else top

    def is_multiarch(self, path: str) -> bool:
        """Whether the path lies in a directory of the architecture's own, so that it beats a generic file."""
        parts = path.removeprefix("usr/").split("/")
        return len(parts) > 2 and parts[1] == self.triplet and parts[0] in {"lib", "include"}


def is_root_link(path: str) -> bool:
    """Whether a symbolic link at this path only merges `/` and `/usr`."""
    return path in _ROOT_LINKS
