"""Files from a mirror over HTTP, held in memory: the archive's indexes and release files."""

from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

import httpx

from neve.debian.errors import DownloadError, NotOnMirrorError

Progress = Callable[[int, int], object]
"""Told the bytes received so far and the bytes expected (0: unknown)."""

_TIMEOUT: Final = httpx.Timeout(60.0, connect=20.0)
_RETRIES: Final = 3


class Downloader:
    """A connection pool; usable from several threads, closed at the end of its `with` block."""

    def __init__(
        self, *, proxy: str | None = None, transport: httpx.BaseTransport | None = None
    ) -> None:
        """`proxy` is for plain HTTP; `transport` stands in for the network in tests."""
        mounts = {"http://": httpx.HTTPTransport(proxy=proxy, retries=_RETRIES)} if proxy else None
        self._client: Final = httpx.Client(
            transport=transport or httpx.HTTPTransport(retries=_RETRIES),
            mounts=mounts,
            timeout=_TIMEOUT,
            follow_redirects=True,
            headers={"User-Agent": "neve", "Accept-Encoding": "identity"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, url: str, progress: Progress | None = None) -> bytes:
        """The file's bytes. Raises `NotOnMirrorError` when the server has no such file, else `DownloadError`."""
        for attempts_left in reversed(range(_RETRIES)):
            try:
                return self._get_once(url, progress)
            except httpx.HTTPStatusError as error:
                status = error.response.status_code
                if status in {404, 410}:
                    raise NotOnMirrorError(f"{url} does not exist") from error
                if status < 500 or not attempts_left:
                    raise DownloadError(
                        f"downloading {url} failed: HTTP status {status}"
                    ) from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                if not attempts_left:
                    raise DownloadError(
                        f"downloading {url} failed: {error}; check the network, or choose another mirror with the "
                        "setting debian-mirror"
                    ) from error
        raise AssertionError("the last attempt returns or raises")

    def _get_once(self, url: str, progress: Progress | None) -> bytes:
        with self._client.stream("GET", url) as response:
            response.raise_for_status()
            expected = int(response.headers.get("Content-Length", 0))
            received = bytearray()
            for piece in response.iter_bytes():
                received += piece
                if progress is not None:
                    progress(len(received), expected)
        return bytes(received)
