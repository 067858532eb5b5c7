"""Files and archives from servers into the store, asked for again only when they may have changed."""

from __future__ import annotations

import contextlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from neve import _core
from neve.errors import FetchError, TransferError
from neve.fetch.addresses import Stream, open_file
from neve.fetch.archives import ArchiveError, top_directory, unpack
from neve.log import Activity, Level
from neve.store.adding import Ingestion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neve.fetch.remembered import Memory, Remembered
    from neve.store import Store
    from neve.transfer import Transfers

_PIECE: Final = 1 << 17
_NOT_MODIFIED: Final = 304


@dataclass(frozen=True)
class Download:
    """Something that was downloaded and is in the store."""

    path: str
    hash: str
    """Of the file, or of the unpacked tree's archive: SRI with SHA-256."""
    last_modified: int = 0
    """Of an archive: Unix time of its newest entry."""
    url: str = ""
    """Where it came from in the end, after redirections."""
    etag: str = ""
    """What the server calls this version; empty when it does not say."""

    @property
    def sha256(self) -> bytes:
        """The digest."""
        return _core.parse_hash(self.hash)[1]


@dataclass(frozen=True)
class Wanted:
    """Something to be downloaded."""

    url: str
    """Of the scheme `file`, `http` or `https`."""
    name: str
    """In the store."""
    is_archive: bool = False
    """Whether it is unpacked, without its single top directory."""
    is_pinned: bool = False
    """Whether its hash will be checked, so that earlier answers do not count."""
    headers: tuple[str, ...] = ()
    """Of the request, each `Name: value`."""


class Downloads:
    """Downloads into one store."""

    def __init__(self, store: Store, transfers: Transfers, memory: Memory) -> None:
        self._store: Final = store
        self._transfers: Final = transfers
        self._memory: Final = memory

    def get(self, wanted: Wanted) -> Download:
        """Downloads, unless an earlier answer is fresh or the server says that it still holds.

        Raises `TransferError`, and `FetchError` for what cannot be read or unpacked.
        """
        if wanted.url.startswith("file://"):
            # As quickly read as looked up.
            with open_file(wanted.url) as stream:
                return self._take(wanted, stream, Download("", "", url=wanted.url))
        question = {
            "kind": "archive" if wanted.is_archive else "file",
            "url": wanted.url,
            "name": wanted.name,
            "store": self._store.store_dir,
        }
        known = None if wanted.is_pinned else self._known(self._memory.find(question))
        if known is not None and known[1]:
            return known[0]
        try:
            found = self._download(wanted, known[0] if known else None)
        except TransferError as error:
            if known is None:
                raise
            self._store.log.message(Level.WARN, f"{error}; using cached version")
            return known[0]
        self._memory.keep(question, asdict(found))
        return found

    def _known(self, remembered: Remembered | None) -> tuple[Download, bool] | None:
        """An earlier download that is still in the store, and whether it is fresh."""
        if remembered is None:
            return None
        try:
            found = Download(**remembered.answer)
        except TypeError:
            return None
        self._store.add_temp_root(found.path)
        return (found, remembered.is_fresh) if self._store.is_valid_path(found.path) else None

    def _download(self, wanted: Wanted, known: Download | None) -> Download:
        scheme = wanted.url.partition("://")[0]
        if scheme not in {"http", "https"}:
            raise FetchError(
                f"cannot download '{wanted.url}': only http, https and file are understood"
            )
        headers = list(wanted.headers)
        if known is not None and known.etag:
            headers.append(f"If-None-Match: {known.etag}")
        with self._transfers.open(wanted.url, headers=headers) as stream:
            if stream.response.status == _NOT_MODIFIED:
                if known is None:
                    raise FetchError(f"cannot download '{wanted.url}': the server sent nothing")
                return known
            etag = stream.response.headers.get("etag", "")
            origin = Download("", "", url=stream.response.url or wanted.url, etag=etag)
            return self._take(wanted, stream, origin)

    def _take(self, wanted: Wanted, stream: Stream, origin: Download) -> Download:
        """Puts what the stream holds into the store."""
        with self._store.temporary_directory() as folder:
            file = f"{folder}/download"
            with open(file, "xb") as target:
                while piece := stream.read(_PIECE):
                    target.write(piece)
            add = self._add_archive if wanted.is_archive else self._add_file
            return add(file, wanted.name, origin)

    def _add_file(self, file: str, name: str, origin: Download) -> Download:
        digest = _core.hash_file("sha256", file)
        info = self._store.add_path(file, name=name, how=Ingestion(method="flat"))
        return Download(info.path, _sri(digest), 0, origin.url, origin.etag)

    def _add_archive(self, file: str, name: str, origin: Download) -> Download:
        with Activity(self._store.log, text=f"unpacking '{origin.url}'", level=Level.TALKATIVE):
            tree = f"{file}.d"
            with _naming(origin.url):
                last_modified = unpack(file, tree)
            info = self._store.add_path(top_directory(tree), name=name, how=Ingestion())
        return Download(info.path, _sri(info.nar_sha256), last_modified, origin.url, origin.etag)


@contextlib.contextmanager
def _naming(url: str) -> Iterator[None]:
    try:
        yield
    except ArchiveError as error:
        raise FetchError(f"cannot unpack the archive '{url}': {error}") from error


def _sri(digest: bytes) -> str:
    return _core.encode_hash(digest, "sha256", "sri")
