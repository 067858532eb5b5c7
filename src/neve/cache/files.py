"""A binary cache is a tree of files somewhere; this is what every somewhere can do."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Final, Protocol

from neve.errors import CacheError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from neve.store.interface import Read

CONTENT_TYPES: Final = {
    "info": "text/x-nix-cache-info",
    "narinfo": "text/x-nix-narinfo",
    "nar": "application/x-nix-nar",
    "json": "application/json",
    "log": "text/plain; charset=utf-8",
}


class MissingFileError(CacheError):
    """A cache lacks a file; `name` is relative to the cache, or a URL."""

    def __init__(self, name: str, uri: str) -> None:
        super().__init__(f"file '{name}' does not exist in binary cache '{uri}'")


class CacheFiles(Protocol):
    """Named files; safe to use from several threads."""

    @property
    def uri(self) -> str:
        """The cache's address without parameters."""

    @property
    def is_remote(self) -> bool:
        """Whether each question costs a round trip, so that answers are worth remembering."""

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""

    def read(self, name: str) -> bytes | None:
        """A small file, or nothing when it is missing."""

    def open(self, name: str) -> AbstractContextManager[Read]:
        """A file as a stream that goes on where it broke off; raises `MissingFileError`."""

    def write(self, name: str, content: IO[bytes], size: int, content_type: str) -> None:
        """Creates or replaces a file in one step; `content` can be rewound."""

    def names(self) -> list[str] | None:
        """The files directly in the cache; nothing where they cannot be listed."""
