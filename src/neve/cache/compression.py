"""Compressed streams: pulling plain bytes from one, pushing plain bytes into one."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, Protocol

from typing_extensions import override

from neve import _core
from neve.errors import CacheError

if TYPE_CHECKING:
    from neve.store.interface import Read

SUFFIXES: Final = {"none": "", "xz": ".xz", "bzip2": ".bz2", "zstd": ".zst", "gzip": ".gz"}
"""Methods to the endings of the files that are compressed with them."""

_BUFFER: Final = 1 << 16
_UNLIMITED_THREADS: Final = -1


class Compressor(Protocol):
    """Takes plain bytes, gives compressed ones; the compressors of the standard library are such."""

    def compress(self, data: bytes, /) -> bytes:
        """What is ready, perhaps nothing."""

    def flush(self) -> bytes:
        """The rest."""


def decompressing(read: Read, method: str, what: str) -> Read:
    """Reads the plain bytes of a compressed stream; raises `CacheError`, which names `what` it is, for a damaged one.

    One that breaks off may look like a shorter one: whoever reads knows the end of what it reads.
    """
    if method in {"none", ""}:
        return read
    stream = _open(read, method)

    def read_plain(size: int) -> bytes:
        try:
            return stream.read(size)
        except CacheError:
            raise
        except Exception as error:
            # Each library has an error class of its own, zstandard none that is public in all its versions.
            raise CacheError(
                f"{what} is damaged or unfinished: reading {method}: {error}"
            ) from error

    return read_plain


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _open(read: Read, method: str) -> _Readable:
    if method == "xz":
        return _core.XzReader(read)
    buffered: Any = io.BufferedReader(_Source(read), _BUFFER)
    if method == "bzip2":
        import bz2

        return bz2.BZ2File(buffered)
    if method == "gzip":
        import gzip

        return gzip.GzipFile(fileobj=buffered)
    if method == "zstd":
        import zstandard

        reader: _Readable = zstandard.ZstdDecompressor().stream_reader(
            buffered, read_across_frames=True
        )
        return reader
    raise CacheError(
        f"unknown compression method '{method}' (known are {', '.join(sorted(SUFFIXES))})"
    )


def compressor(method: str, *, level: int | None = None, parallel: bool = False) -> Compressor:
    """A compressor; `level` is the method's own scale, `parallel` uses all cores where the method can."""
    if method == "none":
        return _Plain()
    if method == "xz":
        import lzma

        return lzma.LZMACompressor(preset=level)
    if method == "bzip2":
        import bz2

        return bz2.BZ2Compressor(level or 9)
    if method == "gzip":
        import zlib

        return zlib.compressobj(-1 if level is None else level, wbits=31)
    if method == "zstd":
        import zstandard

        packer: Compressor = zstandard.ZstdCompressor(
            level=3 if level is None else level, threads=_UNLIMITED_THREADS if parallel else 0
        ).compressobj()
        return packer
    raise CacheError(
        f"unknown compression method '{method}' (known are {', '.join(sorted(SUFFIXES))})"
    )


class _Plain:
    def compress(self, data: bytes, /) -> bytes:
        return data

    def flush(self) -> bytes:
        return b""


class _Source(io.RawIOBase):
    """A reading function as a file object."""

    def __init__(self, read: Read) -> None:
        self._read: Final = read

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Any, /) -> int:
        data = self._read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
