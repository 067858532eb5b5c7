"""Numbers and strings in a stream, as archives, exports and the protocols between stores hold them.

Numbers are 64-bit little-endian; strings have their length before and are padded to eight bytes with zeros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from neve.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neve.store.interface import Read

_STRING_LIMIT: Final = 64 << 20
"""Bytes; longer strings are taken for garbage."""


def encode_number(value: int) -> bytes:
    """A number as the stream holds it."""
    return value.to_bytes(8, "little")


def encode_string(text: str) -> bytes:
    """A string as the stream holds it."""
    data = text.encode(errors="surrogateescape")
    return encode_number(len(data)) + data + bytes(-len(data) % 8)


def encode_strings(texts: Iterable[str]) -> bytes:
    """A list of strings: how many, then each."""
    listed = list(texts)
    return encode_number(len(listed)) + b"".join(map(encode_string, listed))


class WireReader:
    """Reads what the functions above wrote; raises `StoreError` when the stream ends early."""

    def __init__(self, read: Read) -> None:
        """`read` may return fewer bytes than it is asked for, and none at the end only."""
        self._source: Final = read

    def read(self, size: int) -> bytes:
        """Up to that many bytes, none at the end."""
        return self._source(size)

    def exactly(self, size: int) -> bytes:
        """That many bytes."""
        pieces = []
        while size > 0:
            piece = self.read(size)
            if not piece:
                raise StoreError("unexpected end of the input: it is not whole")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def number(self) -> int:
        """A number."""
        return int.from_bytes(self.exactly(8), "little")

    def maybe_number(self) -> int | None:
        """A number, or nothing where the stream ends."""
        first = self.read(8)
        if not first:
            return None
        return int.from_bytes(first + self.exactly(8 - len(first)), "little")

    def string(self) -> str:
        """A string."""
        size = self.number()
        if size > _STRING_LIMIT:
            raise StoreError("the input holds a string that is too long: it has another format")
        data = self.exactly(size + -size % 8)[:size]
        return data.decode(errors="surrogateescape")

    def strings(self) -> list[str]:
        """A list of strings."""
        return [self.string() for _ in range(self.number())]

    def limited(self, size: int) -> Read:
        """Reads the next so many bytes as if the stream ended behind them."""
        left = size

        def read(wanted: int) -> bytes:
            nonlocal left
            piece = self.read(min(wanted, left)) if left else b""
            if left and not piece:
                raise StoreError("unexpected end of the input: it is not whole")
            left -= len(piece)
            return piece

        return read
