"""Removing store objects from the disk."""

from __future__ import annotations

import os
import stat
from typing import Final

from neve.errors import StoreError

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MANY_LINKS: Final = 3
"""From this many hard links on, removing one frees nothing; with two, the other is most likely in `.links`."""


def remove_path(path: str) -> int:
    """Removes a file or a tree, whatever its permissions; how many bytes that probably freed. Missing is fine."""
    parent, _, name = path.rpartition("/")
    try:
        parent_descriptor = os.open(parent or "/", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise StoreError(f"opening directory '{parent}': {error.strerror}") from error
    try:
        return remove_entry(name, parent_descriptor)
    except OSError as error:
        where = f"'{path}'" if error.filename in (None, name) else f"'{error.filename}' in '{path}'"
        raise StoreError(f"cannot unlink {where}: {error.strerror}") from error
    finally:
        os.close(parent_descriptor)


def remove_entry(name: str, parent: int) -> int:
    """Like `remove_path` for an entry of an open directory; raises `OSError`."""
    try:
        status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return 0
    if not stat.S_ISDIR(status.st_mode):
        os.unlink(name, dir_fd=parent)
        return status.st_size if status.st_nlink < _MANY_LINKS else 0
    return _remove_directory(name, parent, status.st_mode)


def _remove_directory(name: str, parent: int, mode: int) -> int:
    if mode & stat.S_IRWXU != stat.S_IRWXU:
        _make_accessible(name, parent, mode)
    descriptor = os.open(name, _DIRECTORY, dir_fd=parent)
    try:
        freed = sum(remove_entry(child, descriptor) for child in os.listdir(descriptor))
    finally:
        os.close(descriptor)
    os.rmdir(name, dir_fd=parent)
    return freed


def _make_accessible(name: str, parent: int, mode: int) -> None:
    # Through /proc, because a directory that cannot be read can still be held by O_PATH, and no link is followed.
    descriptor = os.open(name, _DIRECTORY | os.O_PATH, dir_fd=parent)
    try:
        os.chmod(f"/proc/self/fd/{descriptor}", stat.S_IMODE(mode) | stat.S_IRWXU)
    finally:
        os.close(descriptor)
