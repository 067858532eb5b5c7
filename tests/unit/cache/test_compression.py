"""Compressed streams."""

import io

import pytest

from neve.cache.compression import SUFFIXES, compressor, decompressing
from neve.errors import CacheError

DATA = bytes(range(256)) * 1000


def compressed(method: str, *, level: int | None = None) -> bytes:
    packer = compressor(method, level=level, parallel=True)
    return packer.compress(DATA[:1000]) + packer.compress(DATA[1000:]) + packer.flush()


def read_all(data: bytes, method: str) -> bytes:
    read = decompressing(io.BytesIO(data).read, method, "the thing")
    return b"".join(iter(lambda: read(4096), b""))


@pytest.mark.parametrize("method", list(SUFFIXES))
@pytest.mark.parametrize("level", [None, 1])
def test_bytes_survive_a_round_trip(method: str, level: int | None) -> None:
    """Every method that is written is read, at any level."""
    assert read_all(compressed(method, level=level), method) == DATA


@pytest.mark.parametrize("method", ["xz", "bzip2", "zstd", "gzip"])
def test_several_streams_in_a_row_are_one(method: str) -> None:
    """Caches hold files that were compressed in parts."""
    assert read_all(compressed(method) * 2, method) == DATA * 2


@pytest.mark.parametrize("method", ["xz", "bzip2", "zstd", "gzip"])
def test_damage_is_an_error_of_the_cache(method: str) -> None:
    """No library's own exception comes through."""
    damaged = bytearray(compressed(method))
    damaged[len(damaged) // 2] ^= 0xFF
    damaged[5] ^= 0xFF
    with pytest.raises(CacheError, match=f"the thing is damaged or unfinished: reading {method}"):
        read_all(bytes(damaged), method)


@pytest.mark.parametrize("method", ["xz", "bzip2", "gzip"])
def test_early_end_is_an_error(method: str) -> None:
    """What breaks off is not taken for whole."""
    with pytest.raises(CacheError, match="the thing is damaged or unfinished"):
        read_all(compressed(method)[:-20], method)


def test_unknown_methods_are_named() -> None:
    """The known ones are listed."""
    with pytest.raises(CacheError, match=r"unknown compression method 'lzma2' \(known are bzip2"):
        decompressing(io.BytesIO().read, "lzma2", "the thing")
    with pytest.raises(CacheError, match="unknown compression method 'br'"):
        compressor("br")
