"""The dynamic loader and the C library look below `/etc` and `/usr/lib` of whatever system they run on.

Their built-in paths are overwritten in place, so that a missing library is an error instead of one of the host's. The
lengths must not change: ld.so keeps them in a table of its own.
"""

from typing import Final

from neve.debian.context import Context

FALLBACK: Final = "/run/current-system/lib"
"""The one directory that is searched after all run paths; on systems of our own it holds the configured plugins."""
_NOWHERE: Final = "/sys"
"""Where nobody can put a file."""


def confine_loader(context: Context) -> None:
    """Overwrites the loader's paths; does nothing in packages without a loader."""
    path = f"lib/{context.architecture.loader}"
    if path not in context.tree.files:
        return
    with open(context.tree.path(path), "rb+") as file:
        data = file.read()
        for old, new in _replacements(context.architecture.triplet):
            data = data.replace(old, new)
        file.seek(0)
        file.write(data)


def _replacements(triplet: str) -> list[tuple[bytes, bytes]]:
    """Byte strings and others of the same length."""
    directories = [f"/lib/{triplet}/", f"/usr/lib/{triplet}/", "/lib/", "/usr/lib/"]
    confined = [_NOWHERE, FALLBACK, _NOWHERE, _NOWHERE]
    padded = [new.ljust(len(old), "/") for old, new in zip(directories, confined, strict=True)]
    pairs = [(f"/etc/ld.so.{name}", f"{_NOWHERE}/ld.so.{name}") for name in ("cache", "preload")]
    pairs.append(
        ("\0".join(directories), "\0".join(padded))
    )  # one array of characters in the loader
    return [(f"{old}\0".encode(), f"{new}\0".encode()) for old, new in pairs]
