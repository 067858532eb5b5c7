"""The protocol of `nix-store --serve`, by which stores talk over ssh: what both sides share.

A greeting (magic number and version each way), then requests: a number, arguments; answers follow at once.
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

from neve import _core
from neve.errors import StoreError
from neve.store.info import PathInfo
from neve.store.wire import WireReader, encode_number, encode_string, encode_strings

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT_MAGIC: Final = 0x390C9DEB
SERVER_MAGIC: Final = 0x5452EECB
VERSION: Final = 2 << 8 | 7
OLDEST_VERSION: Final = 2 << 8 | 5
MAJOR_MASK: Final = 0xFF00


class Request(IntEnum):
    """What a client may ask."""

    QUERY_VALID_PATHS = 1
    QUERY_PATH_INFOS = 2
    DUMP_STORE_PATH = 3
    IMPORT_PATHS = 4
    BUILD_PATHS = 6
    QUERY_CLOSURE = 7
    BUILD_DERIVATION = 8
    ADD_TO_STORE_NAR = 9


def encode_info(info: PathInfo) -> bytes:
    """Metadata as an answer to `QUERY_PATH_INFOS` holds it behind the path."""
    return b"".join(
        (
            encode_string(info.deriver or ""),
            encode_strings(sorted(info.references)),
            encode_number(info.nar_size),  # stands for the size of a download, which is not known
            encode_number(info.nar_size),
            encode_string(info.nar_hash),
            encode_string(info.content_address or ""),
            encode_strings(sorted(info.signatures)),
        )
    )


def read_info(stream: WireReader, path: str, parse_path: Callable[[str], str]) -> PathInfo:
    """The inverse of `encode_info`."""
    deriver = stream.string()
    references = frozenset(map(parse_path, stream.strings()))
    stream.number()
    nar_size = stream.number()
    return PathInfo(
        path,
        read_hash(stream),
        nar_size,
        references,
        deriver=parse_path(deriver) if deriver else None,
        content_address=stream.string() or None,
        signatures=frozenset(stream.strings()),
    )


def encode_addition(info: PathInfo) -> bytes:
    """Metadata as `ADD_TO_STORE_NAR` holds it before the archive."""
    return b"".join(
        (
            encode_string(info.path),
            encode_string(info.deriver or ""),
            encode_string(info.nar_sha256.hex()),
            encode_strings(sorted(info.references)),
            encode_number(info.registration_time),
            encode_number(info.nar_size),
            encode_number(int(info.is_ultimate)),
            encode_strings(sorted(info.signatures)),
            encode_string(info.content_address or ""),
        )
    )


def read_addition(stream: WireReader, parse_path: Callable[[str], str]) -> PathInfo:
    """The inverse of `encode_addition`."""
    path = parse_path(stream.string())
    deriver = stream.string()
    nar_sha256 = read_hash(stream)
    references = frozenset(map(parse_path, stream.strings()))
    return PathInfo(
        path,
        nar_sha256,
        registration_time=stream.number(),
        nar_size=stream.number(),
        is_ultimate=bool(stream.number()),
        references=references,
        deriver=parse_path(deriver) if deriver else None,
        signatures=frozenset(stream.strings()),
        content_address=stream.string() or None,
    )


def read_hash(stream: WireReader) -> bytes:
    """A sha256 hash in any notation."""
    text = stream.string()
    try:
        algorithm, digest = _core.parse_hash(text, None if ":" in text or "-" in text else "sha256")
    except ValueError as error:
        raise StoreError(f"the other side sent a bad hash '{text}': {error}") from error
    if algorithm != "sha256":
        raise StoreError(f"the other side sent '{text}' where a sha256 hash is needed")
    return digest
