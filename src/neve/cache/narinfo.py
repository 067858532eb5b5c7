"""`<hash>.narinfo`: what a binary cache says of a store object."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final, Self

from neve import _core
from neve.errors import BadStorePathError, CacheError
from neve.store.info import PathInfo
from neve.store.paths import base_name, check_base_name, parse_store_path

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN_DERIVER: Final = "unknown-deriver"
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
        """Raises `CacheError`, naming the line, for what is no narinfo; `whence` is the file's name."""
        values, signatures = _collect(text, whence)
        try:
            return cls(
                path=parse_store_path(values["StorePath"], store_dir),
                nar_sha256=_sha256(values["NarHash"]),
                nar_size=_size(values["NarSize"], minimum=1),
                references=frozenset(_paths(values.get("References", ""), store_dir)),
                deriver=_deriver(values.get("Deriver"), store_dir),
                signatures=frozenset(signatures),
                content_address=values.get("CA") or None,
                url=values["URL"],
                compression=values.get("Compression") or _DEFAULT_COMPRESSION,
                file_sha256=_file_hash(values.get("FileHash")),
                file_size=_size(values.get("FileSize", "0"), minimum=0),
            )
        except KeyError as error:
            raise _corrupt(whence, f"{error.args[0]} missing") from None
        except (ValueError, BadStorePathError) as error:
            raise _corrupt(whence, str(error)) from error

    def render(self) -> str:
        """The file's text."""
        file_hash = self.file_sha256
        lines = [
            f"StorePath: {self.path}",
            f"URL: {self.url}",
            f"Compression: {self.compression}",
            *(
                [f"FileHash: {_core.encode_hash(file_hash, 'sha256', 'nix32', prefix=True)}"]
                if file_hash
                else []
            ),
            f"FileSize: {self.file_size}",
            f"NarHash: {self.nar_hash}",
            f"NarSize: {self.nar_size}",
            "References: " + " ".join(base_name(path) for path in sorted(self.references)),
            *([f"Deriver: {base_name(self.deriver)}"] if self.deriver else []),
            *(f"Sig: {signature}" for signature in sorted(self.signatures)),
            *([f"CA: {self.content_address}"] if self.content_address else []),
        ]
        return "".join(f"{line}\n" for line in lines)

    def renamed(self, path: str) -> Self:
        """The same object under another name."""
        return replace(self, path=path)


def _collect(text: str, whence: str) -> tuple[dict[str, str], list[str]]:
    values: dict[str, str] = {}
    signatures = []
    if text and not text.endswith("\n"):
        raise _corrupt(whence, "expecting '\\n'", text.count("\n") + 1)
    for number, line in enumerate(text.split("\n")[:-1], 1):
        name, colon, value = line.partition(":")
        if not colon:
            raise _corrupt(whence, "expecting ':'", number)
        value = value[1:]
        if name == "Sig":
            signatures.append(value)
        elif name in {"References", "CA"} and values.get(name):
            raise _corrupt(whence, f"extra {name}", number)
        else:
            values[name] = value
    return values, signatures


def _corrupt(whence: str, reason: str, line: int | None = None) -> CacheError:
    where = "" if line is None else f" at line {line}"
    return CacheError(f"NAR info file '{whence}' is corrupt: {reason}{where}")


def _sha256(text: str) -> bytes:
    algorithm, digest = _core.parse_hash(text)
    if algorithm != "sha256":
        raise ValueError(f"'{text}' is no sha256 hash")
    return digest


def _file_hash(text: str | None) -> bytes | None:
    return _sha256(text) if text else None


def _size(text: str, *, minimum: int) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < minimum:
        raise ValueError(f"'{text}' is no size")
    return int(text)


def _paths(text: str, store_dir: str) -> Iterator[str]:
    for name in text.split():
        check_base_name(name)
        yield f"{store_dir}/{name}"


def _deriver(text: str | None, store_dir: str) -> str | None:
    if not text or text == UNKNOWN_DERIVER:
        return None
    check_base_name(text)
    return f"{store_dir}/{text}"
