"""`<hash>.narinfo`: what a binary cache says of a store object."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final, Self

from neve import _core
from neve.errors import CacheError
from neve.store.info import PathInfo

_DEFAULT_COMPRESSION: Final = "bzip2"


@dataclass(slots=True)
class NarInfo(PathInfo):
    """A store object's metadata, and where its archive lies."""

    url: str = ""
    """Relative to the cache, or absolute."""
    compression: str = _DEFAULT_COMPRESSION
    file_sha256: bytes | None = None
    """Digest of the compressed archive."""
    file_size: int = 0
    """Bytes of the compressed archive; 0 when unknown."""

    @classmethod
    def of(cls, info: PathInfo) -> Self:
        """The same metadata, with the archive's whereabouts still to be filled in."""
        return cls(**{field.name: getattr(info, field.name) for field in fields(PathInfo)})

    @classmethod
    def parse(cls, text: str, store_dir: str, whence: str) -> Self:
        """Raises `CacheError` for what is no narinfo; `whence` is the file's name."""
        try:
            parsed = _core.NarInfo.parse(text, whence, store_dir)
            file_hash = _parse_file_hash(parsed.file_hash)
        except ValueError as error:
            raise CacheError(str(error)) from error
        return cls(
            path=parsed.path,
            nar_sha256=parsed.nar_sha256,
            nar_size=parsed.nar_size,
            references=frozenset(parsed.references),
            deriver=parsed.deriver,
            signatures=frozenset(parsed.signatures),
            content_address=parsed.content_address,
            url=parsed.url,
            compression=parsed.compression,
            file_sha256=file_hash,
            file_size=parsed.file_size,
        )

    def render(self) -> str:
        """The file's text."""
        return _core.NarInfo(
            self.path,
            url=self.url,
            compression=self.compression,
            file_hash=_render_file_hash(self.file_sha256),
            file_size=self.file_size,
            nar_sha256=self.nar_sha256,
            nar_size=self.nar_size,
            references=self.references,
            deriver=self.deriver,
            signatures=self.signatures,
            content_address=self.content_address,
            store_dir=self.path.rpartition("/")[0],
        ).to_text()


def _render_file_hash(digest: bytes | None) -> str | None:
    return None if digest is None else _core.encode_hash(digest, "sha256", "nix32", prefix=True)


def _parse_file_hash(text: str | None) -> bytes | None:
    if text is None:
        return None
    algorithm, digest = _core.parse_hash(text)
    return digest if algorithm == "sha256" else None
