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
from neve.store.wire import encode_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neve.store.interface import AnyStore, Read, Write
    from neve.store.local import Store
    from neve.store.wire import WireReader

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
    write(_core.make_export_trailer(path, info.references, info.deriver, store.store_dir))


def import_paths(store: Store, stream: WireReader, *, check_signatures: bool) -> list[str]:
    """See `Store.import_paths`."""
    imported = []
    while (marker := stream.number()) != 0:
        if marker != 1:
            raise StoreError("input doesn't look like something created by 'nix-store --export'")
        # The metadata that says what the archive is comes after it.
        with tempfile.SpooledTemporaryFile(_MEMORY_LIMIT) as archive:
            try:
                summary = _core.summarise_nar(_tee(stream.read, archive), exact=True)
                trailer = _core.read_export_trailer(stream.read, store.store_dir)
            except ValueError as error:
                raise StoreError(f"cannot import the stream: {error}") from error
            archive.seek(0)
            path, references, deriver = trailer
            info = PathInfo(
                path, summary.sha256, summary.size, frozenset(references), deriver=deriver
            )
            store.add_nar(info, archive.read, check_signatures=check_signatures)
        imported.append(path)
    return imported


def _tee(read: Read, copy: IO[bytes]) -> Read:
    def read_and_copy(size: int) -> bytes:
        piece = read(size)
        copy.write(piece)
        return piece

    return read_and_copy
