"""Garbage collection: finding what no root reaches, and deleting it.

A collection holds `gc.lock`, so that no root appears unseen; programs that start work on a path meanwhile announce it
on a socket (`RootServer`). What is deleted leaves the database first, in batches ordered so that everything that
refers to a path goes before it: whenever the collector is killed, each valid path is whole and so is its closure.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from neve.errors import PathAliveError, StoreError
from neve.log import Level
from neve.store import paths, roots
from neve.store.gc_server import RootServer
from neve.store.graph import ReferenceGraph, load_graph
from neve.store.locks import FileLock, try_lock
from neve.store.removal import remove_path
from neve.store.sizes import render_size

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from neve.store.local import Store

_BATCH: Final = 500
"""Paths that leave the database together; whoever wants one of them back waits until the batch is deleted."""


class CollectionAction(Enum):
    """What a collection does."""

    RETURN_LIVE = "live"
    RETURN_DEAD = "dead"
    DELETE_DEAD = "delete"
    DELETE_SPECIFIC = "delete-specific"


@dataclass(frozen=True)
class CollectionRequest:
    """What to collect."""

    action: CollectionAction = CollectionAction.DELETE_DEAD
    paths: frozenset[str] = frozenset()
    """For `DELETE_SPECIFIC`: what to delete, if it is dead."""
    ignore_liveness: bool = False
    """For `DELETE_SPECIFIC`: roots do not count, only paths that refer to these."""
    max_freed: int | None = None
    """Stop once more than this many bytes are free."""


@dataclass
class CollectionReport:
    """What a collection found or did."""

    paths: set[str] = field(default_factory=set)
    bytes_freed: int = 0


class _LimitReached(Exception):  # noqa: N818 - no error, it ends the search for garbage
    """More bytes are free than were asked for."""


def collect_garbage(store: Store, request: CollectionRequest) -> CollectionReport:
    """See `Store.collect_garbage`."""
    deletes = request.action in (CollectionAction.DELETE_DEAD, CollectionAction.DELETE_SPECIFIC)
    if deletes:
        # Makes room for the database's journal on a full disk.
        remove_path(f"{store.layout.database_dir}/reserved")
    message = "waiting for the big garbage collector lock..."
    with (
        FileLock(store.layout.gc_lock, exclusive=True, log=store.log, message=message),
        RootServer(store.layout, store.log) as server,
    ):
        return _Collection(store, request, server).run()


class _Collection:
    """One run of the collector."""

    def __init__(self, store: Store, request: CollectionRequest, server: RootServer) -> None:
        self._store: Final = store
        self._request: Final = request
        self._server: Final = server
        self._report: Final = CollectionReport()
        ignores_roots = (
            request.action is CollectionAction.DELETE_SPECIFIC and request.ignore_liveness
        )
        self._keep_outputs: Final = store.settings.keep_outputs and not ignores_roots
        self._keep_derivations: Final = store.settings.keep_derivations and not ignores_roots
        self._ignores_roots: Final = ignores_roots
        self._alive: set[str] = set()
        self._announced: set[str] = set()
        self._graph: ReferenceGraph
        self._by_hash_part: dict[str, str] = {}

    def run(self) -> CollectionReport:
        self._find_alive()
        action = self._request.action
        if action in {CollectionAction.RETURN_LIVE, CollectionAction.RETURN_DEAD}:
            self._store.log.message(Level.INFO, "determining live/dead paths...")
        if action is CollectionAction.RETURN_LIVE:
            self._report.paths = self._alive & (self._graph.paths | self._existing())
        elif action is CollectionAction.RETURN_DEAD:
            existing = (self._graph.paths | self._existing()) - self._alive
            self._report.paths = {
                path for path in existing if paths.hash_part(path) not in self._announced
            }
        else:
            with contextlib.suppress(_LimitReached):
                self._delete()
            self._remove_unused_links()
        return self._report

    def _find_alive(self) -> None:
        self._store.log.message(Level.INFO, "finding garbage collector roots...")
        found: set[str] = set()
        if not self._ignores_roots:
            found.update(roots.find_lasting_roots(self._store, censor=True))
        temporary = roots.find_temp_roots(self._store, censor=True)
        self._announced = {paths.hash_part(path) for path in temporary}
        self._server.add(self._announced)
        found.update(temporary)
        self._graph = load_graph(self._store.database)
        self._by_hash_part = {paths.hash_part(path): path for path in self._graph.paths}
        self._alive = self._reach(found)

    def _reach(self, start: set[str]) -> set[str]:
        """The paths and everything that they keep, valid or not."""
        return start | self._graph.closure(
            start, keep_outputs=self._keep_outputs, keep_derivations=self._keep_derivations
        )

    def _existing(self) -> set[str]:
        """Store paths on the disk, those among them that are not valid too."""
        store_dir = self._store.store_dir
        return {f"{store_dir}/{name}" for name in self._names() if paths.is_base_name(name)}

    def _names(self) -> list[str]:
        directory = self._store.layout.real_store_dir
        try:
            return [name for name in os.listdir(directory) if name != ".links"]
        except OSError as error:
            raise StoreError(f"reading directory '{directory}': {error.strerror}") from error

    # -- deleting

    def _delete(self) -> None:
        if self._request.action is CollectionAction.DELETE_SPECIFIC:
            self._delete_specific()
            return
        if self._request.max_freed == 0:
            return
        self._store.log.message(Level.INFO, "deleting garbage...")
        for name in self._names():
            if not paths.is_base_name(name):
                self._delete_foreign(name)
            elif (path := f"{self._store.store_dir}/{name}") not in self._graph.paths:
                self._delete_invalid(path)
        self._delete_valid(self._graph.paths - self._alive)

    def _delete_specific(self) -> None:
        wanted = set(self._request.paths)
        if not self._are_unneeded(wanted, beside=wanted):
            path = next(
                path for path in sorted(wanted) if not self._are_unneeded({path}, beside=wanted)
            )
            raise PathAliveError(
                f"Cannot delete path '{path}' since it is still alive. To find out why, use: "
                "nix-store --query --roots and nix-store --query --referrers"
            )
        for path in wanted - self._graph.paths:
            self._delete_invalid(path)
        self._delete_valid(wanted & self._graph.paths)

    def _are_unneeded(self, some: set[str], *, beside: set[str]) -> bool:
        """Whether no root and nothing outside `beside` keeps any of `some`."""
        keepers = self._graph.closure_of_keepers(
            some, keep_outputs=self._keep_outputs, keep_derivations=self._keep_derivations
        )
        return not some & self._alive and keepers <= beside

    def _delete_valid(self, dead: AbstractSet[str]) -> None:
        order = self._graph.sort_referrers_first(dead)
        # With a limit, nothing may leave the database that is then not deleted.
        size = _BATCH if self._request.max_freed is None else 1
        for start in range(0, len(order), size):
            self._delete_batch(
                [path for path in order[start : start + size] if path not in self._alive]
            )

    def _delete_batch(self, candidates: list[str]) -> None:
        with self._server.deleting({paths.hash_part(path) for path in candidates}) as announced:
            self._keep_announced(announced)
            batch = self._unregister([path for path in candidates if path not in self._alive])
            for path in batch:
                self._remove(path)

    def _keep_announced(self, announced: set[str]) -> None:
        """Counts as alive what programs have started to work on since the collection began."""
        new = announced - self._announced
        if new:
            self._announced |= new
            self._alive |= self._reach(
                {self._by_hash_part[part] for part in new if part in self._by_hash_part}
            )

    def _unregister(self, batch: list[str]) -> list[str]:
        """Removes paths from the database, but for those that something has come to refer to; what was removed."""
        with self._store.database.transaction():
            kept = self._graph.closure(
                self._store.records.referenced_from_outside(batch),
                keep_outputs=False,
                keep_derivations=False,
            )
            self._alive |= kept
            gone = [path for path in batch if path not in kept]
            self._store.records.delete(gone)
        return gone

    def _delete_invalid(self, path: str) -> None:
        """Removes what lies in the store without being valid, unless somebody is working on it."""
        if path in self._alive:
            return
        hash_part = paths.hash_part(path)
        with self._server.deleting({hash_part}) as announced:
            if hash_part not in announced and not self._store.is_valid_path(path):
                self._remove(path)

    def _delete_foreign(self, name: str) -> None:
        """Removes something in the store that is no store path."""
        real_path = f"{self._store.layout.real_store_dir}/{name}"
        if name.startswith("tmp-"):
            with _locked_directory(real_path) as is_ours:
                if is_ours:
                    self._remove(f"{self._store.store_dir}/{name}")
            return
        self._remove(f"{self._store.store_dir}/{name}")

    def _remove(self, path: str) -> None:
        self._store.log.message(Level.INFO, f"deleting '{path}'")
        self._report.paths.add(path)
        self._report.bytes_freed += remove_path(self._store.real_path(path))
        limit = self._request.max_freed
        if limit is not None and self._report.bytes_freed > limit:
            self._store.log.message(Level.INFO, f"deleted more than {limit} bytes; stopping")
            raise _LimitReached

    def _remove_unused_links(self) -> None:
        """Removes links of the optimiser that no object shares any more."""
        self._store.log.message(Level.INFO, "deleting unused links...")
        directory = self._store.layout.links_dir
        saved = 0
        try:
            with os.scandir(directory) as entries:
                for entry in entries:
                    status = entry.stat(follow_symlinks=False)
                    if status.st_nlink == 1:
                        os.unlink(entry.path)
                    else:
                        saved += (status.st_nlink - 2) * status.st_size
            overhead = os.stat(directory).st_blocks * 512
        except OSError as error:
            raise StoreError(f"cleaning '{directory}': {error.strerror}") from error
        self._store.log.message(
            Level.INFO, f"note: hard linking is currently saving {render_size(saved - overhead)}"
        )


@contextlib.contextmanager
def _locked_directory(path: str) -> Iterator[bool]:
    """Whether a temporary folder could be locked, that is, whether its maker is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        yield try_lock(descriptor, exclusive=True)
    finally:
        os.close(descriptor)
