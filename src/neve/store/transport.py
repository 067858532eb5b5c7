"""Objects in a stream: the form of `nix-store --export`.

For each object, references first: the number 1, its archive, a magic number, its path, its references, its deriver (or
an empty string), the number 0; the number 0 ends the stream. How numbers and strings look says `neve.store.wire`.
"""

from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING, Final

from neve import _core
from neve.errors import HashMismatchError, StoreError
from neve.store.info import PathInfo
from neve.store.wire import WireReader, encode_number, encode_string, encode_strings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neve.store.interface import AnyStore, Write
    from neve.store.local import Store

_MAGIC: Final = 0x4558494E
_UNKNOWN_HASH: Final = bytes(32)
_MEMORY_LIMIT: Final = 16 << 20


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
        + encode_strings(references)
        + encode_string(info.deriver or "")
        + encode_number(0)
    )


def import_paths(store: Store, stream: WireReader, *, check_signatures: bool) -> list[str]:
    """See `Store.import_paths`."""
    imported = []
    while (marker := stream.number()) != 0:
        if marker != 1:
            raise StoreError("input doesn't look like something created by 'nix-store --export'")
        # The metadata that says what the archive is comes after it.
        with tempfile.SpooledTemporaryFile(_MEMORY_LIMIT) as archive:
            summary = _read_archive(stream, archive)
            info = _read_trailer(store, stream, summary)
            archive.seek(0)
            store.add_nar(info, archive.read, check_signatures=check_signatures)
        imported.append(info.path)
    return imported


def _read_trailer(store: Store, stream: WireReader, summary: _core.NarSummary) -> PathInfo:
    if stream.number() != _MAGIC:
        raise StoreError("Nix archive cannot be imported; wrong format")
    path = store.parse_path(stream.string())
    references = frozenset(map(store.parse_path, stream.strings()))
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


def _read_archive(stream: WireReader, copy: IO[bytes]) -> _core.NarSummary:
    """Copies exactly one archive to a file."""

    def read(size: int) -> bytes:
        piece = stream.read(size)
        copy.write(piece)
        return piece

    try:
        summary = _core.summarise_nar(read)
    except ValueError as error:
        raise StoreError(f"the input holds a damaged archive: {error}") from error
    # The parser reads in large pieces, perhaps beyond the archive's end.
    copy.seek(summary.size)
    stream.push_back(copy.read())
    copy.truncate(summary.size)
    return summary
