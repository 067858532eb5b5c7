"""Keys, signatures and `.narinfo` files as Python sees them."""

from pathlib import Path

import pytest

from neve import _core

# Written by Nix 2.34 with the secret half of this key.
SIGNED = Path(__file__).parents[3].joinpath("crates/formats/tests/data/signed.narinfo").read_text()
KEY = "test-1:aMJaPj0O66/dwDUv9HUfEebpdM1z1V+/4/pUbJDceXI="


def test_reference_file_is_read() -> None:
    """Fields are those of the file, and printing gives the file again."""
    info = _core.NarInfo.parse(SIGNED, "x.narinfo")
    assert info.to_text() == SIGNED
    assert info.path == "/nix/store/7zk1y4gn7a3xvryy20v075l6p1kw4h6c-signed"
    assert info.compression == "zstd"
    assert (info.nar_size, info.file_size) == (256, 170)
    assert info.path in info.references
    assert info.deriver == "/nix/store/nyhchyxlxiyx43d4p250frliyfh6s72q-signed.drv"
    assert info.content_address is None
    copy = _core.NarInfo(
        info.path,
        url=info.url,
        compression=info.compression,
        file_hash=info.file_hash,
        file_size=info.file_size,
        nar_sha256=info.nar_sha256,
        nar_size=info.nar_size,
        references=info.references,
        deriver=info.deriver,
        signatures=info.signatures,
    )
    assert copy.to_text() == SIGNED


def test_reference_signature_holds() -> None:
    """The signature covers the fingerprint, and no other text or key."""
    info = _core.NarInfo.parse(SIGNED, "x.narinfo")
    text = info.fingerprint()
    assert text == _core.path_fingerprint(
        info.path, info.nar_sha256, info.nar_size, info.references
    )
    (signature,) = info.signatures
    assert _core.verify(text.encode(), signature, [KEY])
    assert not _core.verify(text.encode() + b"x", signature, [KEY])
    assert not _core.verify(text.encode(), signature, [])
    assert not _core.verify(text.encode(), signature, [KEY.replace("test-1", "test-2")])


def test_new_keys_sign() -> None:
    """What a new key signs, its public half verifies."""
    secret = _core.generate_key("cache-1")
    public = _core.public_key(secret)
    assert public.startswith("cache-1:")
    signature = _core.sign(secret, b"data")
    assert signature.startswith("cache-1:")
    assert _core.verify(b"data", signature, [KEY, public])
    assert _core.generate_key("cache-1") != secret


def test_malformed_text_is_refused() -> None:
    """Files, keys and signatures that are none raise `ValueError` with the message of Nix."""
    with pytest.raises(ValueError, match=r"^NAR info file 'f' is corrupt: StorePath missing$"):
        _core.NarInfo.parse("", "f")
    with pytest.raises(ValueError, match=r"is corrupt: invalid NarSize at line 7$"):
        _core.NarInfo.parse(SIGNED.replace("NarSize: ", "NarSize: x"), "f")
    with pytest.raises(ValueError, match=r"^key is corrupt$"):
        _core.public_key("no key")
    with pytest.raises(ValueError, match=r"^secret key is not valid$"):
        _core.sign(KEY, b"")
    with pytest.raises(ValueError, match=r"^signature is corrupt$"):
        _core.verify(b"", "x", [])
