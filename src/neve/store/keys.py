"""Ed25519 keys that sign store objects: `<name>:<base64>`, 64 bytes for a secret key, 32 for a public one."""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from typing_extensions import override

from neve.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from neve.store.info import PathInfo

_SEED_SIZE: Final = 32
_PUBLIC_SIZE: Final = 32
_SIGNATURE_SIZE: Final = 64


def _parse(text: str, what: str) -> tuple[str, bytes]:
    name, colon, data = text.strip().partition(":")
    try:
        decoded = base64.b64decode(data, validate=True)
    except binascii.Error:
        decoded = b""
    if not colon or not name or not decoded:
        raise StoreError(f"{what} is corrupt: it must have the form NAME:BASE64")
    return name, decoded


@dataclass(frozen=True)
class PublicKey:
    """What checks signatures."""

    name: str
    data: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `StoreError` for what is no public key."""
        name, data = _parse(text, f"key '{text}'")
        if len(data) != _PUBLIC_SIZE:
            raise StoreError(f"public key '{text}' is not valid: it must have {_PUBLIC_SIZE} bytes")
        return cls(name, data)

    @override
    def __str__(self) -> str:
        return f"{self.name}:{base64.b64encode(self.data).decode()}"

    def verify(self, text: str, signature: bytes) -> bool:
        """Whether the signature over `text` was made with this key's secret half."""
        # Slow to import, and most runs check nothing.
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.data).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class SecretKey:
    """What makes signatures."""

    name: str
    data: bytes
    """The seed, then the public key."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `StoreError`, without showing the key."""
        name, data = _parse(text, "secret key")
        if len(data) != _SEED_SIZE + _PUBLIC_SIZE:
            raise StoreError(
                f"secret key is not valid: it must have {_SEED_SIZE + _PUBLIC_SIZE} bytes"
            )
        return cls(name, data)

    @classmethod
    def load(cls, file: str) -> Self:
        """Reads a key file."""
        try:
            with open(file, encoding="utf-8") as opened:
                text = opened.read()
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"reading secret key file '{file}': {error}") from error
        return cls.parse(text)

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.generate()
        return cls(name, key.private_bytes_raw() + key.public_key().public_bytes_raw())

    @override
    def __str__(self) -> str:
        return f"{self.name}:{base64.b64encode(self.data).decode()}"

    @override
    def __repr__(self) -> str:
        return f"SecretKey(name={self.name!r})"

    @property
    def public_key(self) -> PublicKey:
        """The half that may be told."""
        return PublicKey(self.name, self.data[_SEED_SIZE:])

    def sign(self, text: str) -> str:
        """A signature over `text`, as metadata carries it: `<key name>:<base64>`."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        signature = Ed25519PrivateKey.from_private_bytes(self.data[:_SEED_SIZE]).sign(text.encode())
        return f"{self.name}:{base64.b64encode(signature).decode()}"


def trusted_keys(texts: Iterable[str], secret_key_files: Iterable[str]) -> dict[str, PublicKey]:
    """Public keys by name: those listed, and the halves of secret keys that may be read."""
    keys = [PublicKey.parse(text) for text in texts]
    readable = (file for file in secret_key_files if os.access(file, os.R_OK))
    keys += [SecretKey.load(file).public_key for file in readable]
    return {key.name: key for key in keys}


def count_good_signatures(info: PathInfo, keys: Mapping[str, PublicKey]) -> int:
    """How many of an object's signatures were made by one of the keys."""
    return sum(is_good_signature(info, signature, keys) for signature in info.signatures)


def is_good_signature(info: PathInfo, signature: str, keys: Mapping[str, PublicKey]) -> bool:
    """Whether one of the keys made a signature of this object."""
    name, data = _parse(signature, f"signature '{signature}' of '{info.path}'")
    key = keys.get(name)
    if key is None:
        return False
    if len(data) != _SIGNATURE_SIZE:
        raise StoreError(f"signature '{signature}' of '{info.path}' is not valid")
    return key.verify(info.fingerprint, data)
