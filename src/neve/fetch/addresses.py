"""Addresses as streams: files of this machine, and those of web servers."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from neve.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neve.transfer import Transfers


class Stream(Protocol):
    """A file that is being read."""

    def read(self, size: int) -> bytes:
        """Up to that many bytes, none at the end."""


OpenUrl = Callable[[str], AbstractContextManager[Stream]]


def url_opener(transfers: Transfers | None) -> OpenUrl:
    """Opens `file://` addresses, and those of web servers when there is something to do that."""

    @contextlib.contextmanager
    def open_url(url: str) -> Iterator[Stream]:
        if url.startswith("file://"):
            with open_file(url) as stream:
                yield stream
            return
        if transfers is None:
            raise FetchError(f"cannot download '{url}': there is no network here")
        with transfers.open(url) as download:
            yield download

    return open_url


def local_path(url: str) -> str:
    """The file that a `file://` address names."""
    return unquote(urlsplit(url).path)


@contextlib.contextmanager
def open_file(url: str) -> Iterator[Stream]:
    """A file of this machine by its `file://` address; raises `FetchError`."""
    try:
        file = open(local_path(url), "rb")  # noqa: SIM115 - only opening may fail so
    except OSError as error:
        raise FetchError(f"unable to download '{url}': {error.strerror}") from error
    with file:
        yield file
