"""Looking into store paths and archives: listing folders, printing files."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile

from neve.cli.json_output import PRETTY
from neve.cli.options import Arguments, Group, flag
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Final

    from neve.settings import Settings


class ListingArguments(Arguments):
    """Arguments of `nix store ls` and `nix nar ls`."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_recursive = False
        self.is_long = False
        self.shows_folder = False
        self.is_json = False
        self.pretty: bool | None = False


LISTING: Final = Group(
    "Output",
    (
        flag("-R --recursive", "is_recursive", "List subfolders as well."),
        flag("-l --long", "is_long", "Print types, sizes and targets of links."),
        flag("-d --directory", "shows_folder", "Show a folder itself, not what is in it."),
        flag("--json", "is_json", "Print JSON."),
        *PRETTY,
    ),
)


@contextlib.contextmanager
def opened_archive(file: str) -> Iterator[str]:
    """A copy of what an archive in a file holds."""
    from neve.cache.copying import unpack
    from neve.store.removal import remove_path

    folder = tempfile.mkdtemp(prefix="neve-")
    try:
        with open(file, "rb") as archive:
            unpack(f"{folder}/x", archive.read)
        yield f"{folder}/x"
    finally:
        remove_path(folder)


def find_inside(tree: str, rest: str) -> str:
    """A file below a tree, no link of which is followed; raises `StoreError` when there is none."""
    current = tree
    for part in rest.strip("/").split("/"):
        if part in {"", "."}:
            continue
        current = os.path.join(current, part)
        if part == ".." or not os.path.lexists(current):
            raise StoreError(f"path '{rest}' does not exist")
    return current


def print_file(file: str, shown: str) -> None:
    """Copies a regular file to standard output."""
    if os.path.islink(file) or not os.path.isfile(file):
        raise StoreError(f"path '{shown}' is not a regular file")
    with open(file, "rb") as opened:
        shutil.copyfileobj(opened, sys.stdout.buffer)
    sys.stdout.buffer.flush()


def list_tree(root: str, name: str, arguments: ListingArguments) -> None:
    """Prints a file, or what is in a folder, as the arguments want it; `name` is what a file is shown as."""
    if arguments.is_json:
        if arguments.shows_folder:
            raise UsageError("'--directory' is useless with '--json'")
        from neve.cli.json_output import write_json

        write_json(_describe(root, is_deep=arguments.is_recursive), arguments.pretty)
        return
    is_folder = os.path.isdir(root) and not os.path.islink(root)
    if is_folder and not arguments.shows_folder:
        _print_folder(root, ".", arguments)
    else:
        _print_entry(root, "." if is_folder else name, arguments)


def _print_folder(folder: str, shown: str, arguments: ListingArguments) -> None:
    for name in sorted(os.listdir(folder)):
        _print_entry(os.path.join(folder, name), f"{shown}/{name}", arguments)


def _print_entry(path: str, shown: str, arguments: ListingArguments) -> None:
    status = os.lstat(path)
    print(_long_line(path, shown, status) if arguments.is_long else shown)
    if arguments.is_recursive and stat.S_ISDIR(status.st_mode):
        _print_folder(path, shown, arguments)


def _long_line(path: str, shown: str, status: os.stat_result) -> str:
    if stat.S_ISLNK(status.st_mode):
        return f"lrwxrwxrwx {0:20d} {shown} -> {os.readlink(path)}"
    if stat.S_ISDIR(status.st_mode):
        return f"dr-xr-xr-x {0:20d} {shown}"
    mode = "-r-xr-xr-x" if status.st_mode & stat.S_IXUSR else "-r--r--r--"
    return f"{mode} {status.st_size:20d} {shown}"


def _describe(path: str, *, is_deep: bool) -> dict[str, Any]:
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        return {"type": "symlink", "target": os.readlink(path)}
    if not stat.S_ISDIR(status.st_mode):
        value: dict[str, Any] = {"type": "regular", "size": status.st_size}
        if status.st_mode & stat.S_IXUSR:
            value["executable"] = True
        return value
    entries = {
        name: _describe(os.path.join(path, name), is_deep=True) if is_deep else {}
        for name in os.listdir(path)
    }
    return {"type": "directory", "entries": entries}
