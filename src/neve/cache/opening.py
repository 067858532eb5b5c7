"""Stores by their addresses, and the caches that the settings name."""

from __future__ import annotations

import os
from functools import cached_property

from neve.cache.settings import CacheSettings
from neve.errors import NeveError, StoreError
from neve.log import SILENT, Level, Logger
from neve.store import Store
from neve.store.opening import split_uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, Self

    from neve.cache.binary_cache import BinaryCache
    from neve.cache.disk_cache import DiskCache
    from neve.cache.options import CacheOptions
    from neve.cache.ssh import SshStore
    from neve.cache.substitution import Substituters
    from neve.store import AnyStore
    from neve.transfer import Transfers

_UNLIMITED_QUESTIONS: Final = 100
"""To caches at a time, where the settings limit no connections."""
_LOCAL_SCHEMES: Final = frozenset({"local"})
_DISK_CACHE_NAME: Final = "binary-cache-v7.sqlite"


class StoreOpener:
    """Opens stores that share connections, remembered answers and a log. Close it in the end."""

    def __init__(self, settings: CacheSettings | None = None, log: Logger = SILENT) -> None:
        self.settings = settings or CacheSettings()
        self.log: Final = log
        self._disk_cache: DiskCache | None = None
        self._opened: Final[list[Store | SshStore]] = []

    @cached_property
    def transfers(self) -> Transfers:
        """The connections of all stores."""
        from neve.transfer import Transfers

        return Transfers(self.settings.transfer, self.log)

    def change_settings(self, settings: CacheSettings) -> None:
        """Takes other settings for caches that are opened from now on, and for whom local stores trust."""
        from neve.store import Store

        self.settings = settings
        for store in self._opened:
            if isinstance(store, Store):
                store.trust_keys(settings.store.trusted_public_keys)

    def close(self) -> None:
        """Closes the connections, and the local stores that were opened."""
        if "transfers" in self.__dict__:
            self.transfers.close()
        for store in self._opened:
            store.close()
        if self._disk_cache is not None:
            self._disk_cache.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, uri: str) -> AnyStore:
        """The store at an address: a binary cache, a store over ssh, or a local one; see `docs`.

        `file://DIR`, `http://…`, `https://…`, `s3://BUCKET`, `ssh://HOST`, `local`, `auto`, or a directory.
        """
        scheme, separator, _ = uri.partition("://")
        if not separator or "/" in scheme or "?" in scheme:
            scheme = "local"
        if scheme in _LOCAL_SCHEMES:
            return self.open_local(uri)
        if scheme in {"file", "http", "https", "s3"}:
            return self.open_cache(uri)
        if scheme == "ssh":
            return self._open_ssh(uri)
        raise StoreError(f"don't know how to open Nix store with scheme '{scheme}'")

    def _open_ssh(self, uri: str) -> SshStore:
        from neve.cache.ssh import SshStore

        address, parameters = split_uri(uri)
        store = SshStore(address.removeprefix("ssh://").rstrip("/"), parameters, self.log)
        self._opened.append(store)
        return store

    def open_local(self, uri: str = "auto") -> Store:
        """The local store at an address."""
        store = Store.open(uri, settings=self.settings.store, log=self.log)
        self._opened.append(store)
        return store

    def open_cache(self, uri: str, *, store_dir: str = "/nix/store") -> BinaryCache:
        """The binary cache at an address; raises `StoreError` for one that is none."""
        from urllib.parse import quote

        from neve.cache.binary_cache import BinaryCache
        from neve.cache.folder import FolderFiles
        from neve.cache.http import HttpFiles
        from neve.cache.options import S3_PARAMETERS, CacheOptions, unknown_parameters

        address, parameters = split_uri(uri)
        scheme, _, rest = address.partition("://")
        options = CacheOptions.parse(parameters, uri)
        known = S3_PARAMETERS if scheme == "s3" else frozenset[str]()
        for name in unknown_parameters(parameters, known):
            self.log.message(Level.WARN, f"unknown setting '{name}'")
        if scheme == "file":
            files = FolderFiles(os.path.abspath(rest))
            return BinaryCache(files, options, self.log, store_dir=store_dir)
        if scheme == "s3":
            return self._open_s3(rest, parameters, options, store_dir)
        if not rest.strip("/"):
            raise StoreError(f"'{uri}' names no server")
        http = HttpFiles(
            quote(address, safe=":/?@[]%"),
            self.transfers,
            may_disable=self.settings.fallback,
            upload_compression=dict(options.upload_compression),
        )
        return BinaryCache(
            http, options, self.log, store_dir=store_dir, disk_cache=self._open_disk_cache()
        )

    def _open_s3(
        self, bucket: str, parameters: dict[str, str], options: CacheOptions, store_dir: str
    ) -> BinaryCache:
        from neve.cache.binary_cache import BinaryCache
        from neve.cache.s3 import S3Files

        return BinaryCache(
            S3Files(bucket, parameters),
            options,
            self.log,
            store_dir=store_dir,
            disk_cache=self._open_disk_cache(),
        )

    def _open_disk_cache(self) -> DiskCache | None:
        if self._disk_cache is None and self.settings.cache_dir is not None:
            from neve.cache.disk_cache import DiskCache

            path = f"{self.settings.cache_dir}/{_DISK_CACHE_NAME}"
            self._disk_cache = DiskCache(path, self.settings.disk_cache)
        return self._disk_cache

    def substituters(self, store: Store, uris: Sequence[str] | None = None) -> Substituters:
        """The caches that the settings name, or `uris`, as a source of objects for a local store."""
        from neve.cache.substitution import Substituters

        wanted = self.settings.substituters if uris is None else uris
        caches: list[AnyStore] = []
        if self.settings.substitute or uris is not None:
            for uri in dict.fromkeys(wanted):
                try:
                    caches.append(self._open_substituter(uri, store.store_dir))
                except NeveError as error:
                    self.log.message(Level.WARN, str(error))
        return Substituters(
            store,
            caches,
            log=self.log,
            falls_back=self.settings.fallback,
            jobs=self.settings.max_substitution_jobs,
            questions=self.settings.transfer.http_connections or _UNLIMITED_QUESTIONS,
        )

    def _open_substituter(self, uri: str, store_dir: str) -> AnyStore:
        scheme = uri.partition("://")[0]
        if scheme in {"file", "http", "https", "s3"}:
            return self.open_cache(uri, store_dir=store_dir)
        return self.open(uri)
