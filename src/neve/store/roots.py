"""Garbage collector roots: links below `gcroots` and `profiles`, and what running processes use."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import stat
from typing import TYPE_CHECKING, Final

from neve import _core
from neve.errors import BadStorePathError, StoreError
from neve.log import Level
from neve.store import paths
from neve.store.locks import try_lock
from neve.store.runtime_roots import find_runtime_roots

if TYPE_CHECKING:
    from neve.store.local import Store

Roots = dict[str, set[str]]
"""Store path → what keeps it."""

CENSORED: Final = "{censored}"
"""Stands for roots that the caller has no business to know."""


def make_link(link: str, target: str) -> None:
    """Makes a symbolic link, replacing what is there in one step; missing folders are made."""
    temporary = f"{link}.tmp-{os.getpid()}-{random.getrandbits(31)}"
    try:
        os.makedirs(os.path.dirname(link), exist_ok=True)
        os.symlink(target, temporary)
        try:
            os.rename(temporary, link)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise StoreError(
            f"creating symlink from '{link}' to '{target}': {error.strerror}"
        ) from error


def add_indirect_root(store: Store, link: str) -> None:
    """Registers a link anywhere: `gcroots/auto/<hash of its name>` points to it."""
    name = _core.encode_nix32(hashlib.sha1(os.fsencode(link), usedforsecurity=False).digest())
    make_link(f"{store.layout.gc_roots_dir}/auto/{name}", link)


def add_permanent_root(store: Store, path: str, link: str) -> str:
    """See `Store.add_permanent_root`."""
    absolute = os.path.abspath(link)
    if paths.is_in_store(absolute, store.store_dir):
        raise StoreError(
            f'creating a garbage collector root ("{absolute}") in the Nix store is forbidden '
            "(are you running nix-build inside the store?)"
        )
    store.add_temp_root(path)
    if os.path.lexists(absolute) and not _is_link_into_store(absolute, store.store_dir):
        raise StoreError(f'cannot create symlink "{absolute}"; already exists')
    make_link(absolute, path)
    add_indirect_root(store, absolute)
    return absolute


def _is_link_into_store(link: str, store_dir: str) -> bool:
    try:
        return paths.is_in_store(os.readlink(link), store_dir)
    except OSError:
        return False


def find_roots(store: Store, *, censor: bool) -> Roots:
    """Every root of the store, temporary ones included; with `censor`, without saying which processes."""
    roots = find_lasting_roots(store, censor=censor)
    for path, links in find_temp_roots(store, censor=censor).items():
        roots.setdefault(path, set()).update(links)
    return roots


def find_lasting_roots(store: Store, *, censor: bool) -> Roots:
    """The roots that are not temporary: links and running processes."""
    finder = _LinkFinder(store)
    finder.visit(store.layout.gc_roots_dir)
    finder.visit(store.layout.profiles_dir)
    roots = finder.valid_roots()
    running = find_runtime_roots(store.layout)
    for path in store.query_valid_paths(running):
        roots.setdefault(path, set()).update({CENSORED} if censor else running[path])
    return roots


class _LinkFinder:
    """Collects the links below a folder, then keeps those to valid paths."""

    def __init__(self, store: Store) -> None:
        self._store: Final = store
        self._auto_dir: Final = f"{store.layout.gc_roots_dir}/auto/"
        self._found: Final[list[tuple[str, str, str]]] = []
        """(link, its target, store path)"""

    def visit(self, path: str) -> None:
        try:
            mode = os.lstat(path).st_mode
            if stat.S_ISDIR(mode):
                for name in sorted(os.listdir(path)):
                    self.visit(f"{path}/{name}")
            elif stat.S_ISLNK(mode):
                self._visit_link(path)
            elif stat.S_ISREG(mode):
                self._note(path, f"{self._store.store_dir}/{os.path.basename(path)}")
        except (PermissionError, FileNotFoundError, NotADirectoryError):
            self._store.log.message(Level.INFO, f'cannot read potential root "{path}"')
        except OSError as error:
            raise StoreError(f"finding GC roots in '{path}': {error.strerror}") from error

    def _visit_link(self, link: str) -> None:
        target = os.readlink(link)
        if paths.is_in_store(target, self._store.store_dir):
            self._note(link, target)
            return
        target = os.path.abspath(os.path.join(os.path.dirname(link), target))
        if not os.path.lexists(target):
            if link.startswith(self._auto_dir):
                self._store.log.message(
                    Level.INFO, f'removing stale link from "{link}" to "{target}"'
                )
                with contextlib.suppress(OSError):
                    os.unlink(link)
        elif os.path.islink(target):
            final = os.readlink(target)
            if paths.is_in_store(final, self._store.store_dir):
                self._note(target, final)

    def _note(self, link: str, target: str) -> None:
        try:
            path, _ = paths.split_store_path(target, self._store.store_dir)
        except BadStorePathError:
            return
        self._found.append((link, target, path))

    def valid_roots(self) -> Roots:
        valid = self._store.query_valid_paths(path for _, _, path in self._found)
        roots: Roots = {}
        for link, target, path in self._found:
            if path in valid:
                roots.setdefault(path, set()).add(link)
            else:
                self._store.log.message(
                    Level.INFO, f'skipping invalid root from "{link}" to "{target}"'
                )
        return roots


def find_temp_roots(store: Store, *, censor: bool) -> Roots:
    """What living processes have registered as temporary roots; files of dead ones are removed."""
    directory = store.layout.temp_roots_dir
    roots: Roots = {}
    try:
        names = os.listdir(directory)
    except OSError as error:
        raise StoreError(f"reading directory '{directory}': {error.strerror}") from error
    for name in names:
        if not name.startswith("."):
            for path in _read_temp_roots(store, f"{directory}/{name}"):
                roots.setdefault(path, set()).add(CENSORED if censor else f"{{temp:{name}}}")
    return roots


def _read_temp_roots(store: Store, file: str) -> list[str]:
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"opening temporary roots file '{file}': {error.strerror}") from error
    try:
        if try_lock(descriptor, exclusive=True):
            store.log.message(Level.INFO, f'removing stale temporary roots file "{file}"')
            with contextlib.suppress(FileNotFoundError):
                os.unlink(file)
            # Whoever has just opened it sees that it is gone.
            os.write(descriptor, b"d")
            return []
        pieces = []
        while piece := os.read(descriptor, 1 << 20):
            pieces.append(piece)
    finally:
        os.close(descriptor)
    found = []
    # What follows the last NUL is still being written.
    for text in os.fsdecode(b"".join(pieces)).split("\0")[:-1]:
        with contextlib.suppress(BadStorePathError):
            found.append(paths.parse_store_path(text, store.store_dir))
    return found
