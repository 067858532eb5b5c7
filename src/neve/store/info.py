"""What a store knows of a path."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Self

from neve import _core
from neve.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(slots=True)
class PathInfo:
    """A store object's metadata."""

    path: str
    nar_sha256: bytes
    """Digest of the object's archive (32 bytes)."""
    nar_size: int
    """Bytes of the archive; 0 when unknown."""
    references: frozenset[str] = frozenset()
    """Store paths, the object's own among them when it refers to itself."""
    deriver: str | None = None
    registration_time: int = 0
    """Seconds since 1970; 0 until it is registered."""
    is_ultimate: bool = False
    """Whether it was built here, so that no signature is needed."""
    signatures: frozenset[str] = field(default_factory=frozenset)
    """Each `<key name>:<base64>`."""
    content_address: str | None = None
    """`text:sha256:…`, `fixed:sha256:…` or `fixed:r:sha256:…` with the hash in base-32."""

    @property
    def nar_hash(self) -> str:
        """`sha256:` and the digest in base-32."""
        return _core.encode_hash(self.nar_sha256, "sha256", "nix32", prefix=True)

    @property
    def fingerprint(self) -> str:
        """The text that signatures of this object cover."""
        if self.nar_size == 0:
            raise StoreError(
                f"cannot calculate fingerprint of path '{self.path}' because its size is not known"
            )
        store_dir = self.path.rpartition("/")[0]
        return _core.path_fingerprint(
            self.path, self.nar_sha256, self.nar_size, self.references, store_dir
        )

    def with_signatures(self, signatures: Iterable[str]) -> Self:
        """A copy that carries these signatures as well."""
        return replace(self, signatures=self.signatures | frozenset(signatures))
