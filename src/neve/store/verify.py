"""Comparing the database with the disk, and getting good copies of what is damaged."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from neve import _core
from neve.errors import InvalidPathError, NeveError, StoreError
from neve.log import Activity, ActivityType, Level, ResultType
from neve.store import paths
from neve.store.locks import FileLock

if TYPE_CHECKING:
    from neve.store.local import Store

Repairer = Callable[[str], None]
"""Gets a good copy of a path."""

_UNKNOWN_HASH: Final = bytes(32)
"""What very old databases hold where no hash is known."""


def verify_store(store: Store, *, check_contents: bool, repairer: Repairer | None) -> bool:
    """See `Store.verify`; without a repairer nothing is repaired."""
    store.log.message(Level.INFO, "reading the Nix store...")
    message = "waiting for the big garbage collector lock..."
    with FileLock(store.layout.gc_lock, exclusive=False, log=store.log, message=message):
        existence = _ExistenceCheck(store, repairer)
        existence.run()
    is_well = existence.is_well
    if check_contents:
        is_well &= _check_links(store, repair=repairer is not None)
        is_well &= _check_contents(store, sorted(existence.valid), repairer)
    return is_well


class _ExistenceCheck:
    """Forgets paths that have gone from the disk, unless something that has not gone needs them."""

    def __init__(self, store: Store, repairer: Repairer | None) -> None:
        self._store: Final = store
        self._repairer: Final = repairer
        self._done: Final[set[str]] = set()
        self.valid: Final[set[str]] = set()
        self.is_well = True

    def run(self) -> None:
        directory = self._store.layout.real_store_dir
        try:
            present = {
                f"{self._store.store_dir}/{name}"
                for name in os.listdir(directory)
                if paths.is_base_name(name)
            }
        except OSError as error:
            raise StoreError(f"reading directory '{directory}': {error.strerror}") from error
        self._store.log.message(Level.INFO, "checking path existence...")
        registered = self._store.query_all_valid_paths()
        self.valid.update(registered & present)
        missing = registered - present
        # Referrers first, so that a whole branch that has gone can be forgotten.
        for path in self._store.sort_topologically(missing):
            self._handle_missing(path)

    def _handle_missing(self, path: str) -> None:
        users = self._store.query_referrers(path) - {path}
        if not users & (self.valid | self._done):
            self._store.log.message(
                Level.INFO, f"path '{path}' disappeared, removing from database..."
            )
            self._store.records.invalidate(path)
            return
        self._done.add(path)
        self._store.log.message(
            Level.ERROR, f"path '{path}' disappeared, but it still has valid referrers!"
        )
        self.is_well &= _repair(self._store, path, self._repairer)


def _check_links(store: Store, *, repair: bool) -> bool:
    store.log.message(Level.INFO, "checking link hashes...")
    is_well = True
    for name in sorted(os.listdir(store.layout.links_dir)):
        link = f"{store.layout.links_dir}/{name}"
        store.log.message(Level.TALKATIVE, f"checking contents of '{name}'")
        try:
            found = _core.encode_nix32(_core.summarise_path(link).sha256)
        except FileNotFoundError:
            continue
        except OSError as error:
            store.log.message(Level.ERROR, f"cannot read link '{link}': {error.strerror}")
            is_well = False
            continue
        if found == name:
            continue
        store.log.message(
            Level.ERROR, f"link \"{link}\" was modified! expected hash {name}, got '{found}'"
        )
        if repair:
            os.unlink(link)
            store.log.message(Level.INFO, f'removed link "{link}"')
        else:
            is_well = False
    return is_well


def _check_contents(store: Store, wanted: list[str], repairer: Repairer | None) -> bool:
    store.log.message(Level.INFO, "checking store hashes...")
    is_well = True
    with Activity(store.log, ActivityType.VERIFY_PATHS) as activity:
        for done, path in enumerate(wanted):
            activity.progress(done, len(wanted))
            store.log.message(Level.TALKATIVE, f"checking contents of '{path}'")
            try:
                if not _is_intact(store, path):
                    activity.result(ResultType.CORRUPTED_PATH, path)
                    is_well &= _repair(store, path, repairer)
            except InvalidPathError:
                # It was collected meanwhile.
                continue
            except StoreError as error:
                store.log.message(Level.ERROR, str(error))
                is_well = False
    return is_well


def _is_intact(store: Store, path: str) -> bool:
    info = store.query_path_info(path)
    try:
        summary = _core.summarise_path(store.real_path(path))
    except (OSError, ValueError) as error:
        if not store.is_valid_path(path):
            raise InvalidPathError(path) from error
        store.log.message(Level.ERROR, f"path '{path}' cannot be read: {error}")
        return False
    if info.nar_sha256 not in (_UNKNOWN_HASH, summary.sha256):
        got = _core.encode_hash(summary.sha256, "sha256", "nix32", prefix=True)
        store.log.message(
            Level.ERROR, f"path '{path}' was modified! expected hash '{info.nar_hash}', got '{got}'"
        )
        return False
    if info.nar_sha256 == _UNKNOWN_HASH or info.nar_size == 0:
        store.log.message(Level.INFO, f"updating hash and size of '{path}'")
        info.nar_sha256, info.nar_size = summary.sha256, summary.size
        store.records.update(info)
    return True


def _repair(store: Store, path: str, repairer: Repairer | None) -> bool:
    if repairer is None:
        return False
    try:
        repairer(path)
    except NeveError as error:
        store.log.message(Level.WARN, str(error))
        return False
    return True
