"""Make the tree of /usr: `make_usr.py`, run by a derivation.

The files `closure-<n>` in the current folder describe closures, as `exportReferencesGraph` writes them.
`$planPath` names a JSON file with `order`, store paths that come first where packages have the same file, and `links`,
which take the place of what packages have: path below /usr → target, or null for none.

A folder that only one package has is one link; others are folders of links.
"""

import glob
import json
import os
import sys
from typing import Any

# What makes a package act merely by being there. The options of the module set decide about it.
_LEFT_TO_OPTIONS = frozenset(
    {
        "lib/binfmt.d",
        "lib/environment.d",
        "lib/modprobe.d",
        "lib/modules",
        "lib/modules-load.d",
        "lib/pam.d",
        "lib/sysctl.d",
        "lib/systemd/system",
        "lib/systemd/system-generators",
        "lib/systemd/system-preset",
        "lib/systemd/system-shutdown",
        "lib/systemd/system-sleep",
        "lib/systemd/user",
        "lib/systemd/user-generators",
        "lib/systemd/user-preset",
        "lib/systemd/network",
        "lib/sysusers.d",
        "lib/tmpfiles.d",
        "lib/udev/rules.d",
    }
)
# Nothing looks for these at a fixed place.
_UNUSED = frozenset(
    {
        "share/bash-completion",
        "share/bug",
        "share/doc",
        "share/doc-base",
        "share/info",
        "share/lintian",
        "share/man",
        "share/menu",
    }
)
_TOP = ("bin", "include", "lib", "libexec", "share")
# The package set's builder leaves this in what it makes of Debian's packages.
_MARK = "nix-support/debian.json"

_Tree = dict[str, Any]


def read_closure(folder: str) -> list[str]:
    """The store paths in all `closure-*` files of `folder`."""
    paths: set[str] = set()
    for name in glob.glob(f"{folder}/closure-*"):
        with open(name, encoding="utf-8") as stream:
            lines = stream.read().split("\n")
        # Each path is followed by its deriver, a number, and that many references.
        index = 0
        while index < len(lines) and lines[index]:
            paths.add(lines[index])
            index += 3 + int(lines[index + 2])
    return sorted(paths)


def _is_packaged(path: str) -> bool:
    return os.path.lexists(f"{path}/{_MARK}")


def _opened(tree: _Tree, name: str, place: str) -> _Tree | None:
    """The folder `name` of `tree`, made of the link to a folder that may stand for it; None if a file is there."""
    there: _Tree | str = tree.setdefault(name, {})
    if isinstance(there, str):
        if not os.path.isdir(there):
            return None
        source = os.path.realpath(there)
        there = tree[name] = {}
        _merge(there, source, place)
    return there


def _merge(tree: _Tree, source: str, place: str) -> None:
    """Add the files of the folder `source`, which is for `place` below /usr, to `tree`; what is there stays."""
    with os.scandir(source) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        path = f"{place}/{entry.name}" if place else entry.name
        if path in _LEFT_TO_OPTIONS or path in _UNUSED:
            continue
        is_folder = entry.is_dir(follow_symlinks=entry.name in tree)
        if is_folder:
            inside = _opened(tree, entry.name, path)
            if inside is not None:
                _merge(inside, os.path.realpath(entry.path), path)
        else:
            tree.setdefault(entry.name, entry.path)


def _override(tree: _Tree, path: str, target: str | None) -> None:
    *folders, name = path.split("/")
    for folder in folders:
        inside = tree.setdefault(folder, {})
        if not isinstance(inside, dict):
            inside = tree[folder] = {}
        tree = inside
    if target is None:
        tree.pop(name, None)
    else:
        tree[name] = target


def _single_source(tree: _Tree) -> str | None:
    """The folder that `tree` is an exact picture of, if there is one."""
    folders = set()
    for name, value in tree.items():
        source = _single_source(value) if isinstance(value, dict) else value
        if source is None or os.path.basename(source) != name:
            return None
        folders.add(os.path.dirname(source))
    if len(folders) != 1:
        return None
    folder = folders.pop()
    return folder if set(os.listdir(folder)) == set(tree) else None


def _write(tree: _Tree, folder: str, depth: int) -> None:
    os.mkdir(folder)
    for name, value in tree.items():
        path = f"{folder}/{name}"
        if not isinstance(value, dict):
            os.symlink(value, path)
            continue
        source = _single_source(value) if depth else None
        if source is None:
            _write(value, path, depth + 1)
        else:
            os.symlink(source, path)


def make_usr(packages: list[str], links: dict[str, str | None], out: str) -> None:
    """Make the tree `out` of `packages`, the first of which wins where two have the same file, and `links`."""
    tree: _Tree = {}
    for package in packages:
        for top in _TOP:
            folder = f"{package}/{top}"
            if os.path.isdir(folder):
                _merge(tree.setdefault(top, {}), folder, top)
    for path, target in links.items():
        _override(tree, path, target)
    _write(tree, out, 0)


def main() -> int:
    """Carry out the plan of the derivation that runs this."""
    with open(os.environ["planPath"], encoding="utf-8") as stream:
        plan = json.load(stream)
    closure = [path for path in read_closure(".") if _is_packaged(path)]
    first = [path for path in plan["order"] if os.path.isdir(path)]
    make_usr([*first, *closure], plan["links"], os.environ["out"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
