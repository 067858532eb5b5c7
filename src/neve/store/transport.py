"""Objects in a stream: the form of `nix-store --export`.

For each object, references first: the number 1, its archive, a magic number, its path, its references, its deriver (or
an empty string), the number 0; the number 0 ends the stream. Numbers are 64-bit little-endian, strings have their
length before and are padded to eight bytes.
"""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING, Final

from neve import _core
from neve.errors import HashMismatchError, StoreError
from neve.store.info import PathInfo

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neve.store.interface import AnyStore, Read, Write
    from neve.store.local import Store

_MAGIC: Final = 0x4558494E
_UNKNOWN_HASH: Final = bytes(32)
_MEMORY_LIMIT: Final = 16 << 20
_STRING_LIMIT: Final = 1 << 20


def encode_number(value: int) -> bytes:
    """A number as the stream holds it."""
    return value.to_bytes(8, "little")


def encode_string(text: str) -> bytes:
    """A string as the stream holds it."""
    data = text.encode()
    return encode_number(len(data)) + data + bytes(-len(data) % 8)


def export_paths(store: Store, wanted: Iterable[str], write: Write) -> None:
    """See `Store.export_paths`."""
    for path in reversed(store.sort_topologically(wanted)):
        write(encode_number(1))
        _export_path(store, path, write)
    write(encode_number(0))


def _export_path(store: AnyStore, path: str, write: Write) -> None:
    info = store.query_path_info(path)
    hasher = _core.Hasher("sha256")

    def copy(piece: bytes) -> None:
        hasher.update(piece)
        write(piece)

    store.dump_nar(path, copy)
    found = hasher.digest()
    # Damage must not spread to other machines.
    if info.nar_sha256 not in (found, _UNKNOWN_HASH):
        got = _core.encode_hash(found, "sha256", "nix32", prefix=True)
        raise HashMismatchError(
            f"hash of path '{path}' has changed from '{info.nar_hash}' to '{got}'!"
        )
    references = sorted(info.references)
    write(
        encode_number(_MAGIC)
        + encode_string(path)
        + encode_number(len(references))
        + b"".join(encode_string(reference) for reference in references)
        + encode_string(info.deriver or "")
        + encode_number(0)
    )


def import_paths(store: Store, read: Read, *, check_signatures: bool) -> list[str]:
    """See `Store.import_paths`."""
    stream = _Stream(read)
    imported = []
    while (marker := stream.number()) != 0:
        if marker != 1:
            raise StoreError("input doesn't look like something created by 'nix-store --export'")
        # The metadata that says what the archive is comes after it.
        with tempfile.SpooledTemporaryFile(_MEMORY_LIMIT) as archive:
            summary = stream.archive(archive)
            info = _read_trailer(store, stream, summary)
            archive.seek(0)
            store.add_nar(info, archive.read, check_signatures=check_signatures)
        imported.append(info.path)
    return imported


def _read_trailer(store: Store, stream: _Stream, summary: _core.NarSummary) -> PathInfo:
    if stream.number() != _MAGIC:
        raise StoreError("Nix archive cannot be imported; wrong format")
    path = store.parse_path(stream.string())
    references = frozenset(store.parse_path(stream.string()) for _ in range(stream.number()))
    deriver = stream.string()
    if stream.number() == 1:
        # A signature in a form that is no longer used.
        stream.string()
    return PathInfo(
        path,
        summary.sha256,
        summary.size,
        references,
        deriver=store.parse_path(deriver) if deriver else None,
    )


class _Stream:
    """Reads numbers, strings and archives."""

    def __init__(self, read: Read) -> None:
        self._source: Final = read
        self._pushed_back = b""

    def _read(self, size: int) -> bytes:
        if self._pushed_back:
            piece, self._pushed_back = self._pushed_back[:size], self._pushed_back[size:]
            return piece
        return self._source(size)

    def _bytes(self, size: int) -> bytes:
        pieces = []
        while size > 0:
            piece = self._read(size)
            if not piece:
                raise StoreError("unexpected end of the input: it is not whole")
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def number(self) -> int:
        return int.from_bytes(self._bytes(8), "little")

    def string(self) -> str:
        size = self.number()
        if size > _STRING_LIMIT:
            raise StoreError("Nix archive cannot be imported; wrong format")
        data = self._bytes(size + -size % 8)[:size]
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise StoreError("Nix archive cannot be imported; wrong format") from None

    def archive(self, copy: IO[bytes]) -> _core.NarSummary:
        """Copies exactly one archive to a file."""

        def read(size: int) -> bytes:
            piece = self._read(size)
            copy.write(piece)
            return piece

        try:
            summary = _core.summarise_nar(read)
        except ValueError as error:
            raise StoreError(f"the input holds a damaged archive: {error}") from error
        # The parser reads in large pieces, perhaps beyond the archive's end.
        copy.seek(summary.size)
        self._pushed_back = copy.read() + self._pushed_back
        copy.truncate(summary.size)
        return summary
