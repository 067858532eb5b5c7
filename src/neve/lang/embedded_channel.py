"""The package set that comes with this installation, as a channel generation in the store.

A generation is made once for a state of the tree and kept for as long as the store has it; `tarball-ttl = 0`
(`--refresh`) makes one from Debian's archive as it is now.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from neve import _core
from neve.debian.channel import GenerationPlan, make_generation
from neve.debian.download import Downloader
from neve.debian.mirror import Mirror
from neve.errors import FetchError
from neve.fetch.remembered import Memory
from neve.store.adding import Ingestion

if TYPE_CHECKING:
    from neve.fetch.settings import FetchSettings
    from neve.store import Store

_NAME: Final = "nixpkgs"
_PACKAGE: Final = Path(__file__).resolve().parents[1]
_PLACES: Final = (_PACKAGE / "nixpkgs", _PACKAGE.parents[1] / "nixpkgs")
"""Inside the installed package, and beside its source."""


class EmbeddedChannel:
    """Neve's own package set for one system, in one store."""

    def __init__(self, store: Store, settings: FetchSettings, system: str) -> None:
        self._store: Final = store
        self._settings: Final = settings
        self._system: Final = system

    def provide(self) -> str:
        """The store path of the newest generation; raises `FetchError`, `DebianError`, `StoreError`."""
        tree = _find_tree()
        memory = Memory(self._settings.cache_dir, self._settings.tarball_ttl)
        question = {
            "kind": "embedded channel",
            "tree": _core.encode_hash(_core.summarise_path(str(tree)).sha256, "sha256", "sri"),
            "system": self._system,
            "store": self._store.store_dir,
        }
        try:
            remembered = memory.find(question)
            if remembered is not None and self._settings.tarball_ttl > 0:
                path = str(remembered.answer["outPath"])
                self._store.add_temp_root(path)
                if self._store.is_valid_path(path):
                    return path
            path = self._make(tree)
            memory.keep(question, {"outPath": path})
            return path
        finally:
            memory.close()

    def _make(self, tree: Path) -> str:
        mirror = Mirror.find()
        cache_dir = self._settings.cache_dir
        plan = GenerationPlan(
            tree,
            mirror,
            [self._system],
            cache_dir=None if cache_dir is None else Path(cache_dir) / "neve-debian",
        )
        with (
            self._store.temporary_directory() as folder,
            Downloader(proxy=mirror.proxy) as downloader,
        ):
            target = Path(folder) / _NAME
            make_generation(target, plan, downloader, self._store.log)
            return self._store.add_path(str(target), name=_NAME, how=Ingestion()).path


def _find_tree() -> Path:
    for place in _PLACES:
        if (place / "default.nix").exists():
            return place
    raise FetchError(
        "this installation of Neve lacks its package set; install it again, or fetch another with the setting "
        "'nixpkgs-provider = upstream'"
    )
