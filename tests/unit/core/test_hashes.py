"""Hashes as Python sees them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from neve import _core

SHA256_OF_NOTHING = hashlib.sha256(b"").digest()
NOTATIONS = [
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
    "sha256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
]


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256", "sha512"])
@pytest.mark.parametrize("size", [0, 100, 300_000])
def test_digests_equal_the_standard_librarys(
    algorithm: _core.HashAlgorithm, size: int, tmp_path: Path
) -> None:
    """At once, in pieces and from a file, a digest is what `hashlib` says."""
    data = bytes(i % 251 for i in range(size))
    expected = hashlib.new(algorithm, data).digest()
    assert _core.hash_bytes(algorithm, data) == expected
    hasher = _core.Hasher(algorithm)
    hasher.update(data[:70])
    hasher.digest()
    hasher.update(data[70:])
    assert hasher.digest() == expected
    (tmp_path / "file").write_bytes(data)
    assert _core.hash_file(algorithm, str(tmp_path / "file")) == expected
    assert _core.hash_file(algorithm, bytes(tmp_path / "file")) == expected


def test_blake3_is_known() -> None:
    """BLAKE3 of nothing is the published digest."""
    digest = _core.hash_bytes("blake3", b"")
    assert digest.hex() == "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"


@pytest.mark.parametrize("text", NOTATIONS)
def test_notations_parse_to_the_digest(text: str) -> None:
    """All notations of one hash give the same digest; bare text needs an algorithm."""
    assert _core.parse_hash(text) == ("sha256", SHA256_OF_NOTHING)
    if ":" in text:
        bare = text.partition(":")[2]
        assert _core.parse_hash(bare, "sha256") == ("sha256", SHA256_OF_NOTHING)


def test_digests_are_written_in_all_notations() -> None:
    """Encoding is the inverse of parsing."""
    formats: list[_core.HashFormat] = ["base16", "nix32", "base64", "sri"]
    for hash_format, text in zip(formats, NOTATIONS, strict=True):
        encoded = _core.encode_hash(SHA256_OF_NOTHING, "sha256", hash_format, prefix=True)
        assert encoded == text
    assert _core.encode_hash(b"\0" * 16, "md5", "base16") == "0" * 32


def test_malformed_hashes_are_refused_in_nix_words() -> None:
    """What is no hash raises `ValueError` with the message of Nix."""
    with pytest.raises(ValueError, match=r"^hash 'abc' has wrong length for hash algorithm 'md5'$"):
        _core.parse_hash("abc", "md5")
    with pytest.raises(ValueError, match="unknown hash algorithm 'sha3'"):
        _core.hash_bytes("sha3", b"")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a digest of md5 has 16 bytes, not 3"):
        _core.encode_hash(b"abc", "md5", "base16")


def test_missing_files_are_named(tmp_path: Path) -> None:
    """A failed system call is an `OSError` with the file's name."""
    missing = str(tmp_path / "missing")
    with pytest.raises(FileNotFoundError) as caught:
        _core.hash_file("sha256", missing)
    assert caught.value.filename == missing
    with pytest.raises(IsADirectoryError):
        _core.hash_file("sha256", str(tmp_path))


def test_nix32_round_trips() -> None:
    """Base-32 goes both ways; foreign characters are refused."""
    data = bytes(range(20))
    assert _core.decode_nix32(_core.encode_nix32(data)) == data
    with pytest.raises(ValueError, match="invalid character"):
        _core.decode_nix32("e")


def test_compressed_hash_has_twenty_bytes() -> None:
    """Folding is exclusive or."""
    assert _core.compress_hash(b"\1" * 20 + b"\2" * 12) == b"\3" * 12 + b"\1" * 8
