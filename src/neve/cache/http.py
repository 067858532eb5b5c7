"""The files of a binary cache on a web server (`http://`, `https://`)."""

from __future__ import annotations

import contextlib
import io
import threading
import time
from typing import IO, TYPE_CHECKING, Final
from urllib.parse import urljoin

from neve.cache.compression import compressor
from neve.cache.files import MissingFileError
from neve.errors import CacheError, TransferError
from neve.log import Level

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neve.store.interface import Read
    from neve.transfer import Transfers

_DISABLED_SECONDS: Final = 60
_ENCODINGS: Final = {"xz": "xz", "bzip2": "bzip2", "zstd": "zstd", "gzip": "gzip"}


class DisabledCacheError(CacheError):
    """A cache failed a moment ago and is left alone for a while."""


class HttpFiles:
    """Files below a URL. A server that fails is not asked again for a minute, where others can take its place."""

    is_remote: Final = True

    def __init__(
        self,
        url: str,
        transfers: Transfers,
        *,
        may_disable: bool = False,
        upload_compression: Mapping[str, str] | None = None,
    ) -> None:
        """`upload_compression`: for `narinfo`, `ls` and `log`, how such files are compressed on their way up."""
        self._url: Final = url.rstrip("/")
        self._transfers: Final = transfers
        self._may_disable: Final = may_disable
        self._upload_compression: Final = upload_compression or {}
        self._mutex: Final = threading.Lock()
        self._disabled_until = 0.0

    @property
    def uri(self) -> str:
        """The URL."""
        return self._url

    def exists(self, name: str) -> bool:
        """Whether the server has such a file."""
        try:
            with self._guarded(name):
                self._transfers.head(self._full(name))
        except MissingFileError:
            return False
        return True

    def read(self, name: str) -> bytes | None:
        """A small file, or nothing when it is missing."""
        try:
            with self._guarded(name):
                return self._transfers.get(self._full(name)).body
        except MissingFileError:
            return None

    def names(self) -> list[str] | None:
        """Cannot be listed."""
        return None

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[Read]:
        """A file as a stream; raises `MissingFileError`."""
        with self._guarded(name), self._transfers.open(self._full(name)) as stream:
            yield stream.read

    def write(self, name: str, content: IO[bytes], size: int, content_type: str) -> None:
        """Uploads a file with PUT."""
        headers = [f"Content-Type: {content_type}"]
        method = self._compression_of(name)
        if method is not None:
            content, size = _compressed(content, method)
            headers.append(f"Content-Encoding: {_ENCODINGS[method]}")
        try:
            self._transfers.put(self._full(name), content, size, headers=headers)
        except TransferError as error:
            raise CacheError(
                f"while uploading to HTTP binary cache at '{self._url}': {error}"
            ) from error

    def _compression_of(self, name: str) -> str | None:
        kind = "log" if name.startswith("log/") else name.rpartition(".")[2]
        return self._upload_compression.get(kind)

    def _full(self, name: str) -> str:
        # A narinfo may name a file by a whole URL, or with a query.
        return urljoin(f"{self._url}/", name)

    @contextlib.contextmanager
    def _guarded(self, name: str) -> Iterator[None]:
        self._check_enabled()
        try:
            yield
        except TransferError as error:
            # Object stores answer so for what is missing where listing is not allowed.
            if error.is_missing or error.is_forbidden:
                raise MissingFileError(name, self._url) from error
            self._disable()
            raise CacheError(str(error)) from error

    def _check_enabled(self) -> None:
        with self._mutex:
            if time.monotonic() < self._disabled_until:
                raise DisabledCacheError(f"substituter '{self._url}' is disabled")

    def _disable(self) -> None:
        with self._mutex:
            if self._may_disable and time.monotonic() >= self._disabled_until:
                self._transfers.log.message(
                    Level.ERROR,
                    f"disabling binary cache '{self._url}' for {_DISABLED_SECONDS} seconds",
                )
                self._disabled_until = time.monotonic() + _DISABLED_SECONDS


def _compressed(content: IO[bytes], method: str) -> tuple[IO[bytes], int]:
    content.seek(0)
    packer = compressor(method)
    data = packer.compress(content.read()) + packer.flush()
    return io.BytesIO(data), len(data)
