"""The package set that comes with this installation, as a channel generation in the store.

A generation is made once for a state of the tree and kept for as long as the store has it. When the tree changes, the
next generation takes over the index of the last one; `tarball-ttl = 0` (`--refresh`) makes one from Debian's archive as
it is now.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from neve.debian.channel import (
    RELEASE,
    GenerationPlan,
    index_state,
    make_generation,
    renew_generation,
    tree_state,
)
from neve.debian.download import Downloader
from neve.debian.errors import DebianError
from neve.debian.mirror import Mirror, find_mirror
from neve.errors import FetchError, StoreError
from neve.fetch.remembered import Memory
from neve.lang.channel_lock import FILE, ChannelLock
from neve.log import Level
from neve.store.adding import Ingestion
from neve.store.roots import make_link

if TYPE_CHECKING:
    from neve.fetch.settings import FetchSettings
    from neve.store import Store

_NAME: Final = "nixpkgs"
_PACKAGE: Final = Path(__file__).resolve().parents[1]
"""Holds the package set; in a checkout of the source by way of a link."""


class EmbeddedChannel:
    """Neve's own package set for one system, in one store."""

    def __init__(self, store: Store, settings: FetchSettings, system: str) -> None:
        self._store: Final = store
        self._settings: Final = settings
        self._system: Final = system

    def provide(self) -> str:
        """The store path of the generation that the project's lock names, else of the newest one.

        Raises `FetchError`, `DebianError`, `StoreError`.
        """
        lock = ChannelLock.find(os.getcwd())
        path = self.newest() if lock is None else self._locked(lock)
        self._keep(path)
        return path

    def _keep(self, path: str) -> None:
        """Keeps the generation that was used last from garbage collection: it may take the network to make it again."""
        link = f"{self._store.layout.gc_roots_dir}/neve-{_NAME}-{self._system}"
        with contextlib.suppress(OSError):
            if os.readlink(link) == path:
                return
        try:
            make_link(link, path)
        except StoreError as error:
            self._store.log.message(Level.DEBUG, f"cannot keep '{path}': {error}")

    def newest(self) -> str:
        """The store path of the newest generation."""
        tree = _find_tree()
        memory = Memory(self._settings.cache_dir, self._settings.tarball_ttl)
        question = self._question("embedded channel", tree_state(tree))
        try:
            return self._find(memory, question) or self._renew(memory, question, tree)
        finally:
            memory.close()

    def _renew(self, memory: Memory, question: dict[str, str], tree: Path) -> str:
        """A generation of the tree as it is now; the index is made anew only when something asks for it."""
        index_question = self._question("embedded channel's index", index_state(tree))
        earlier = self._find(memory, index_question)
        with self._store.temporary_directory() as folder:
            target = Path(folder) / _NAME
            if earlier is None:
                self._make(target, tree, find_mirror(self._settings.debian_mirror))
            else:
                renew_generation(target, tree, Path(self._store.real_path(earlier)))
            path = self._store.add_path(str(target), name=_NAME, how=Ingestion()).path
        memory.keep(question, {"outPath": path})
        memory.keep(index_question, {"outPath": path})
        return path

    def _locked(self, lock: ChannelLock) -> str:
        """The generation of a lock: what the store has, or the same made again."""
        self._store.add_temp_root(lock.path)
        if not self._store.is_valid_path(lock.path):
            self._restore(lock)
        found = self._store.query_path_info(lock.path).nar_hash
        if found != lock.nar_hash:
            raise FetchError(
                f"'{lock.path}' has the hash {found} and not {lock.nar_hash}, as {FILE} says; write the lock again "
                "with nix-channel --lock"
            )
        return lock.path

    def _restore(self, lock: ChannelLock) -> None:
        tree = _find_tree()
        for mirror in lock.mirrors(self._settings.debian_snapshot, RELEASE):
            with self._store.temporary_directory() as folder:
                target = Path(folder) / _NAME
                try:
                    self._make(target, tree, mirror)
                except DebianError as error:
                    raise FetchError(
                        f"the generation that {FILE} names is not in the store and cannot be made again: {error}"
                    ) from error
                path = self._store.add_path(str(target), name=_NAME, how=Ingestion()).path
            if path == lock.path:
                return
        raise FetchError(
            f"the generation '{lock.path}' that {FILE} names is not in the store, and what this version of Neve makes "
            "of the archive at that date is another: use the version that wrote the lock, or write it again with "
            "nix-channel --lock"
        )

    def _question(self, kind: str, state: str) -> dict[str, str]:
        return {
            "kind": kind,
            "state": state,
            "system": self._system,
            "store": self._store.layout.real_store_dir,
        }

    def _find(self, memory: Memory, question: dict[str, str]) -> str | None:
        """A generation that was made before and is still there, unless everything is to be looked up again."""
        remembered = memory.find(question)
        if remembered is None or self._settings.tarball_ttl == 0:
            return None
        path = str(remembered.answer["outPath"])
        self._store.add_temp_root(path)
        return path if self._store.is_valid_path(path) else None

    def _make(self, target: Path, tree: Path, mirror: Mirror) -> None:
        cache_dir = self._settings.cache_dir
        plan = GenerationPlan(
            tree,
            mirror,
            [self._system],
            cache_dir=None if cache_dir is None else Path(cache_dir) / "neve-debian",
        )
        with Downloader(proxy=mirror.proxy) as downloader:
            make_generation(target, plan, downloader, self._store.log)


def _find_tree() -> Path:
    tree = _PACKAGE / "nixpkgs"
    if not (tree / "default.nix").exists():
        raise FetchError(
            "this installation of Neve lacks its package set; install it again, or fetch another with the setting "
            "'nixpkgs-provider = upstream'"
        )
    return tree.resolve()
