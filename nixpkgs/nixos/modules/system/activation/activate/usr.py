"""The links at the root: /usr, and the folders that are parts of it."""

from __future__ import annotations

import os

from activate.errors import ActivationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from activate.target import Target

_MERGED = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"}
# All that other systems of this kind have there.
_REPLACEABLE = {
    "/usr": {"bin/env"},
    "/bin": {"sh"},
    "/sbin": set[str](),
    "/lib": set[str](),
    "/lib64": {"ld-linux-x86-64.so.2"},
}


def _files(folder: str) -> set[str]:
    found: set[str] = set()
    for parent, _, names in os.walk(folder):
        found.update(os.path.relpath(f"{parent}/{name}", folder) for name in names)
    return found


def _make_way(target: Target, path: str) -> None:
    """Remove a folder that a link is to replace, if nothing is lost with it."""
    place = target.path(path)
    if os.path.islink(place) or not os.path.isdir(place):
        return
    files = _files(place)
    if files - _REPLACEABLE[path]:
        example = min(files - _REPLACEABLE[path])
        raise ActivationError(
            f"{path} is a folder with files of its own, such as {path}/{example}; "
            f"move it out of the way, as {path} has to be a link to the system's files"
        )
    for parent, folders, names in os.walk(place, topdown=False):
        for name in names:
            os.unlink(f"{parent}/{name}")
        for name in folders:
            os.rmdir(f"{parent}/{name}")
    os.rmdir(place)


def switch_usr(target: Target, plan: dict[str, Any]) -> None:
    """Make /usr the tree `plan["tree"]`."""
    if target.is_dry:
        return
    _make_way(target, "/usr")
    target.link(plan["tree"], "/usr")
    for name, place in _MERGED.items():
        _make_way(target, f"/{name}")
        target.link(place, f"/{name}")
