"""Ed25519 keys that sign store objects: `<name>:<base64>`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from typing_extensions import override

from neve import _core
from neve.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neve.store.info import PathInfo


@dataclass(frozen=True)
class SecretKey:
    """What makes signatures."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `StoreError`, without showing the key."""
        key = cls(text.strip())
        try:
            _core.public_key(key.text)
        except ValueError as error:
            raise StoreError(f"secret key is not valid: {error}") from error
        return key

    @classmethod
    def load(cls, file: str) -> Self:
        """Reads a key file."""
        try:
            with open(file, encoding="utf-8") as opened:
                text = opened.read()
        except OSError as error:
            raise StoreError(f"reading secret key file '{file}': {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise StoreError(f"reading secret key file '{file}': it is no text") from error
        return cls.parse(text)

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key."""
        try:
            return cls(_core.generate_key(name))
        except ValueError as error:
            raise StoreError(f"cannot make a key named '{name}': {error}") from error

    @override
    def __repr__(self) -> str:
        return f"SecretKey({self.text.partition(':')[0]!r})"

    @property
    def public_key(self) -> str:
        """The half that may be told."""
        return _core.public_key(self.text)

    def sign(self, info: PathInfo) -> str:
        """A signature of an object, as metadata carries it."""
        return _core.sign(self.text, info.fingerprint.encode())


def trusted_keys(texts: Iterable[str], secret_key_files: Iterable[str]) -> tuple[str, ...]:
    """The public keys that are trusted: those listed, and the halves of secret keys that may be read."""
    readable = (file for file in secret_key_files if os.access(file, os.R_OK))
    return (*texts, *(SecretKey.load(file).public_key for file in readable))


def count_good_signatures(info: PathInfo, public_keys: Iterable[str]) -> int:
    """How many of an object's signatures were made by one of the keys."""
    listed = tuple(public_keys)
    return sum(is_good_signature(info, signature, listed) for signature in info.signatures)


def is_good_signature(info: PathInfo, signature: str, public_keys: Iterable[str]) -> bool:
    """Whether one of the keys made a signature of this object; raises `StoreError` for what is no key or signature."""
    try:
        return _core.verify(info.fingerprint.encode(), signature, public_keys)
    except ValueError as error:
        raise StoreError(f"checking signature '{signature}' of '{info.path}': {error}") from error
