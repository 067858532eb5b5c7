"""What remote caches have answered, kept on the disk: the same file that C++ Nix keeps (`binary-cache-v7.sqlite`)."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from neve import _core
from neve.cache.narinfo import NarInfo
from neve.errors import CacheError, StoreError
from neve.store.paths import base_name, check_base_name, name_part

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neve.cache.settings import DiskCacheSettings

_TABLES: Final = """
create table if not exists BinaryCaches (
    id integer primary key autoincrement not null,
    url text unique not null,
    timestamp integer not null,
    storeDir text not null,
    wantMassQuery integer not null,
    priority integer not null
);
create table if not exists NARs (
    cache integer not null,
    hashPart text not null,
    namePart text,
    url text,
    compression text,
    fileHash text,
    fileSize integer,
    narHash text,
    narSize integer,
    refs text,
    deriver text,
    sigs text,
    ca text,
    timestamp integer not null,
    present integer not null,
    primary key (cache, hashPart),
    foreign key (cache) references BinaryCaches(id) on delete cascade
);
create table if not exists Realisations (
    cache integer not null,
    outputId text not null,
    content blob,
    timestamp integer not null,
    primary key (cache, outputId),
    foreign key (cache) references BinaryCaches(id) on delete cascade
);
create table if not exists LastPurge (
    dummy text primary key,
    value integer
);
"""
_PURGE_SECONDS: Final = 24 * 3600
_SHORTEST_NEGATIVE_TTL: Final = 3600
_SHORTEST_POSITIVE_TTL: Final = 30 * 24 * 3600
"""What a purge keeps at least, so that one run with `--refresh` does not empty the file."""


@dataclass(frozen=True)
class KnownCache:
    """A cache's `nix-cache-info`, as it was not long ago."""

    number: int
    store_dir: str
    wants_mass_query: bool
    priority: int


class DiskCache:
    """Answers of remote caches. It is an aid only: when its file cannot be used, everything is a question again."""

    def __init__(self, path: str, settings: DiskCacheSettings) -> None:
        self._settings: Final = settings
        self._mutex: Final = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            self._connection = sqlite3.connect(
                path, timeout=60, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("pragma synchronous = off")
            self._connection.execute("pragma journal_mode = wal")
            self._connection.execute("pragma foreign_keys = 1")
            self._connection.executescript(_TABLES)
            self._purge()
        except (sqlite3.Error, OSError):
            self._connection = None

    def close(self) -> None:
        """Closes the file."""
        with self._mutex:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def find_cache(self, uri: str) -> KnownCache | None:
        """What is known of a cache, if it is recent enough."""
        newest = int(time.time()) - self._settings.narinfo_cache_meta_ttl
        rows = self._query(
            "select id, storeDir, wantMassQuery, priority from BinaryCaches where url = ? and timestamp > ?",
            (uri, newest),
        )
        return KnownCache(rows[0][0], rows[0][1], bool(rows[0][2]), rows[0][3]) if rows else None

    def remember_cache(
        self, uri: str, store_dir: str, *, wants_mass_query: bool, priority: int
    ) -> KnownCache | None:
        """Notes a cache's `nix-cache-info`."""
        self._query(
            "insert into BinaryCaches (url, timestamp, storeDir, wantMassQuery, priority)"
            " values (?1, ?2, ?3, ?4, ?5) on conflict (url) do update"
            " set timestamp = ?2, storeDir = ?3, wantMassQuery = ?4, priority = ?5",
            (uri, int(time.time()), store_dir, int(wants_mass_query), priority),
        )
        return self.find_cache(uri)

    def find(self, cache: KnownCache, hash_part: str) -> NarInfo | Literal[False] | None:
        """A narinfo; false when the cache is known not to have one; nothing when it must be asked."""
        now = int(time.time())
        rows = self._query(
            "select present, namePart, url, compression, fileHash, fileSize, narHash, narSize, refs, deriver, sigs, ca"
            " from NARs where cache = ? and hashPart = ?"
            " and ((present = 0 and timestamp > ?) or (present = 1 and timestamp > ?))",
            (
                cache.number,
                hash_part,
                now - self._settings.narinfo_cache_negative_ttl,
                now - self._settings.narinfo_cache_positive_ttl,
            ),
        )
        if not rows:
            return None
        if not rows[0][0]:
            return False
        try:
            return _to_narinfo(rows[0], hash_part, cache.store_dir)
        except (ValueError, StoreError):
            # Written by another version perhaps; the cache knows better.
            return None

    def remember(self, cache: KnownCache, info: NarInfo, hash_part: str) -> None:
        """Notes a narinfo."""
        self._query(
            "insert or replace into NARs (cache, hashPart, namePart, url, compression, fileHash, fileSize, narHash,"
            " narSize, refs, deriver, sigs, ca, timestamp, present)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)",
            (
                cache.number,
                hash_part,
                name_part(info.path),
                info.url,
                info.compression,
                _hash_text(info.file_sha256),
                info.file_size or None,
                _hash_text(info.nar_sha256),
                info.nar_size,
                " ".join(base_name(path) for path in sorted(info.references)),
                base_name(info.deriver) if info.deriver else None,
                " ".join(sorted(info.signatures)),
                info.content_address or "",
                int(time.time()),
            ),
        )

    def remember_missing(self, cache: KnownCache, hash_part: str) -> None:
        """Notes that a cache does not have a path."""
        self._query(
            "insert or replace into NARs (cache, hashPart, timestamp, present) values (?, ?, ?, 0)",
            (cache.number, hash_part, int(time.time())),
        )

    def _query(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._mutex:
            if self._connection is None:
                return []
            try:
                return self._connection.execute(sql, parameters).fetchall()
            except sqlite3.Error:
                return []

    def _purge(self) -> None:
        now = int(time.time())
        rows = self._query("select value from LastPurge", ())
        if rows and rows[0][0] >= now - _PURGE_SECONDS:
            return
        settings = self._settings
        negative = max(settings.narinfo_cache_negative_ttl, _SHORTEST_NEGATIVE_TTL)
        positive = max(settings.narinfo_cache_positive_ttl, _SHORTEST_POSITIVE_TTL)
        self._query(
            "delete from NARs where (present = 0 and timestamp < ?) or (present = 1 and timestamp < ?)",
            (now - negative, now - positive),
        )
        self._query("insert or replace into LastPurge (dummy, value) values ('', ?)", (now,))


def _hash_text(digest: bytes | None) -> str | None:
    return _core.encode_hash(digest, "sha256", "nix32", prefix=True) if digest else None


def _to_narinfo(row: tuple[Any, ...], hash_part: str, store_dir: str) -> NarInfo:
    (_, name, url, compression, file_hash, file_size, nar_hash, nar_size, *rest) = row
    references, deriver, signatures, content_address = rest
    names = (references or "").split()
    for checked in (f"{hash_part}-{name}", *names, *([deriver] if deriver else [])):
        check_base_name(checked)
    if not url or not nar_size:
        raise CacheError("incomplete entry")
    return NarInfo(
        path=f"{store_dir}/{hash_part}-{name}",
        nar_sha256=_core.parse_hash(nar_hash)[1],
        nar_size=nar_size,
        references=frozenset(f"{store_dir}/{reference}" for reference in names),
        deriver=f"{store_dir}/{deriver}" if deriver else None,
        signatures=frozenset((signatures or "").split()),
        content_address=content_address or None,
        url=url,
        compression=compression or "bzip2",
        file_sha256=_core.parse_hash(file_hash)[1] if file_hash else None,
        file_size=file_size or 0,
    )
