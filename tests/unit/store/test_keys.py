"""Keys and signatures."""

from pathlib import Path

import pytest

from neve.errors import StoreError
from neve.store import PathInfo
from neve.store.keys import SecretKey, count_good_signatures, is_good_signature, trusted_keys

INFO = PathInfo(f"/nix/store/{'a' * 32}-a", bytes(range(32)), 7)


def test_signature_is_good_for_this_object_only() -> None:
    """The key that made it, and the metadata it was made of."""
    key, other = SecretKey.generate("one"), SecretKey.generate("one")
    signature = key.sign(INFO)
    assert is_good_signature(INFO, signature, [key.public_key])
    assert not is_good_signature(INFO, signature, [other.public_key])
    changed = PathInfo(INFO.path, INFO.nar_sha256, 8)
    assert not is_good_signature(changed, signature, [key.public_key])


def test_signatures_are_counted() -> None:
    """Those of unknown keys do not count."""
    one, two = SecretKey.generate("one"), SecretKey.generate("two")
    signed = INFO.with_signatures([one.sign(INFO), two.sign(INFO)])
    assert count_good_signatures(signed, [one.public_key]) == 1
    assert count_good_signatures(signed, [one.public_key, two.public_key]) == 2


def test_key_files_are_trusted_where_they_can_be_read(tmp_path: Path) -> None:
    """Listed public keys, and the halves of one's own secret keys."""
    key = SecretKey.generate("mine")
    file = tmp_path / "key"
    file.write_text(f"{key.text}\n")
    assert trusted_keys(["k:x"], [str(file), str(tmp_path / "missing")]) == ("k:x", key.public_key)


def test_secret_key_is_never_shown(tmp_path: Path) -> None:
    """Neither an error nor a representation holds it."""
    key = SecretKey.generate("mine")
    assert key.text not in repr(key)
    file = tmp_path / "key"
    file.write_text(key.text[:-8])
    with pytest.raises(StoreError) as caught:
        SecretKey.load(str(file))
    assert key.text[10:40] not in str(caught.value)


def test_bad_keys_and_signatures_are_errors() -> None:
    """What is none is told to be none."""
    with pytest.raises(StoreError):
        SecretKey.parse("no key")
    with pytest.raises(StoreError):
        is_good_signature(INFO, "no signature", [SecretKey.generate("k").public_key])
