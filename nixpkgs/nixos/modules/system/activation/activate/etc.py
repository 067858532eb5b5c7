"""The files of /etc: links into the tree that the configuration makes, and copies of what has to be a file.

`/etc/static` is that tree, and a link in /etc points to the same path below it, so that switching the system changes
one link for most of /etc. `/etc/.clean` lists the copies, to remove them when they are not wanted any more.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from activate.target import Target

_STATIC = "/etc/static"
_CLEAN = "/etc/.clean"
_MARK = "/etc/NIXOS"


def _entries(tree: str, place: str = "") -> Iterator[tuple[str, bool]]:
    """The places of all links and files in `tree`, and whether they have a mode; a link to a folder is one of them."""
    with os.scandir(f"{tree}/{place}") as found:
        entries = sorted(found, key=lambda entry: entry.name)
    names = {entry.name for entry in entries}
    for entry in entries:
        inner = f"{place}/{entry.name}" if place else entry.name
        stem, _, ending = entry.name.rpartition(".")
        if ending in {"mode", "uid", "gid"} and f"{stem}.mode" in names and stem in names:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(tree, inner)
        else:
            yield inner, f"{entry.name}.mode" in names


def _number(name: str, database: str, target: Target) -> int:
    """The number of a user or group: `+5` is 5."""
    if name.startswith("+"):
        return int(name[1:])
    for line in (target.read(database) or "").splitlines():
        fields = line.split(":")
        if fields[0] == name:
            return int(fields[2])
    target.say(f"warning: {database} has no {name}, so a file in /etc belongs to root")
    return 0


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as stream:
        return stream.read()


def _copy(target: Target, source: str, path: str) -> None:
    place = target.path(path)
    mode = _text(f"{source}.mode")
    with open(source, "rb") as stream:
        content = stream.read()
    draft = f"{place}.new"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as stream:
        stream.write(content)
        uid = _number(_text(f"{source}.uid"), "/etc/passwd", target)
        gid = _number(_text(f"{source}.gid"), "/etc/group", target)
        target.grant(descriptor, uid, gid, int(mode, 8))
    os.rename(draft, place)


def _is_static(target: Target, path: str) -> bool:
    """Whether a link points into the tree, or nothing of an earlier one is lost with it."""
    place = target.path(path)
    return os.path.islink(place) and os.readlink(place).startswith(f"{_STATIC}/")


def _make_folder(target: Target, path: str, ready: set[str]) -> None:
    """Make the folder that `path` is in, in place of links to earlier trees; `ready` has those that are made."""
    parent = os.path.dirname(path)
    if parent in ready:
        return
    _make_folder(target, parent, ready)
    if _is_static(target, parent):
        os.unlink(target.path(parent))
    if not os.path.isdir(target.path(parent)):
        os.mkdir(target.path(parent), 0o755)
    ready.add(parent)


def _place(target: Target, tree: str, name: str, *, has_mode: bool) -> bool:
    """Put one entry in place, whose folder is there; whether it is a copy."""
    path = f"/etc/{name}"
    source = f"{tree}/{name}"
    place = target.path(path)
    if os.path.isdir(place) and not os.path.islink(place):
        target.say(
            f"warning: {path} is a folder, so it does not become what the configuration says; move it away"
        )
        return False
    if has_mode:
        if _text(f"{source}.mode") == "direct-symlink":
            target.link(os.readlink(source), path)
        else:
            _copy(target, source, path)
        return True
    target.link(f"{_STATIC}/{name}", path)
    return False


def _remove_stale(target: Target, wanted: set[str]) -> None:
    """Remove links into earlier trees that are not wanted any more."""
    for parent, folders, names in os.walk(target.path("/etc")):
        for name in [*names, *folders]:
            place = f"{parent}/{name}"
            path = place[len(target.root) :]
            if path != _STATIC and path[len("/etc/") :] not in wanted and _is_static(target, path):
                os.unlink(place)


def _remove_old_copies(target: Target, copies: list[str]) -> None:
    for name in (target.read(_CLEAN) or "").splitlines():
        place = target.path(f"/etc/{name}")
        if name and name not in copies and os.path.lexists(place):
            target.say(f"removing obsolete file /etc/{name}...")
            os.unlink(place)


def update_etc(target: Target, plan: dict[str, Any]) -> None:
    """Make /etc what the tree `plan["tree"]` says."""
    if target.is_dry:
        return
    tree = plan["tree"]
    os.makedirs(target.path("/etc"), exist_ok=True)
    had_tree = os.path.lexists(target.path(_STATIC))
    target.link(tree, _STATIC)
    names, copies, ready = set(), [], {"/etc"}
    for name, has_mode in _entries(tree):
        _make_folder(target, f"/etc/{name}", ready)
        if _place(target, tree, name, has_mode=has_mode):
            copies.append(name)
        names.add(name)
    if had_tree:
        _remove_stale(target, names)
    _remove_old_copies(target, copies)
    target.write(_CLEAN, "".join(f"{name}\n" for name in copies), 0o644)
    target.write(_MARK, "", 0o644)
