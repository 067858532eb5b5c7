"""Reading `.deb` files: an `ar` archive of two tar archives (deb(5)), streamed.

Nothing of what a package says about places is believed: see `check_member`.
"""

import bz2
import io
import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

import zstandard

from neve.debian.errors import PackageFormatError

_MAGIC: Final = b"!<arch>\n"
_HEADER: Final = re.compile(rb"(.{16})[ -~]{32}([0-9]+) *`\n", re.DOTALL)
_PIECE: Final = 1 << 20
"""Bytes read at a time: large, because each call into a decompressor gives up the interpreter lock."""


class _Decompressor(Protocol):
    def decompress(self, data: bytes, /) -> bytes: ...


class _Stored:
    """A tar archive that is not compressed."""

    def decompress(self, data: bytes, /) -> bytes:
        return data


_DECOMPRESSORS: Final[dict[str, Callable[[], _Decompressor]]] = {
    "": _Stored,
    ".gz": lambda: zlib.decompressobj(wbits=31),
    ".xz": lzma.LZMADecompressor,
    ".lzma": lzma.LZMADecompressor,
    ".bz2": bz2.BZ2Decompressor,
    ".zst": lambda: zstandard.ZstdDecompressor().decompressobj(),
}


@dataclass(frozen=True)
class _Section:
    offset: int
    size: int


class DebFile:
    """An open `.deb`. Every method raises `PackageFormatError` for a file that is none, or is damaged."""

    def __init__(self, path: str) -> None:
        self.path: Final = path
        self._sections: Final = self._read_sections()

    @contextmanager
    def data(self) -> Iterator[tarfile.TarFile]:
        """The archive of the package's files, to be read from front to back."""
        with self._tar("data.tar") as archive:
            yield archive

    def control_files(self) -> dict[str, str]:
        """The control archive: `control`, `conffiles`, `postinst` and so on, by name."""
        texts = {}
        with self._tar("control.tar") as archive:
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is not None:
                    texts[member.name.removeprefix("./")] = content.read().decode(errors="replace")
        return texts

    def _read_sections(self) -> dict[str, _Section]:
        sections = {}
        with open(self.path, "rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise PackageFormatError(
                    f"{self.path} is no Debian package: it is not an ar archive"
                )
            while header := file.read(60):
                match = _HEADER.fullmatch(header)
                if match is None:
                    raise PackageFormatError(
                        f"{self.path} is damaged: it holds a malformed ar header"
                    )
                name, size = match[1].decode(errors="replace").rstrip(" /"), int(match[2])
                sections[name] = _Section(file.tell(), size)
                file.seek(size + size % 2, io.SEEK_CUR)
        if "debian-binary" not in sections:
            raise PackageFormatError(
                f"{self.path} is no Debian package: it has no member 'debian-binary'"
            )
        return sections

    @contextmanager
    def _tar(self, stem: str) -> Iterator[tarfile.TarFile]:
        name, suffix = self._find_section(stem)
        with open(self.path, "rb") as file:
            stream = _Stream(file, self._sections[name], _DECOMPRESSORS[suffix]())
            try:
                with tarfile.open(fileobj=stream, mode="r:") as archive:  # type: ignore[call-overload]
                    yield archive
            except (
                tarfile.TarError,
                lzma.LZMAError,
                zlib.error,
                zstandard.ZstdError,
                EOFError,
            ) as error:
                raise PackageFormatError(
                    f"{self.path} is damaged: its {name} cannot be read: {error}"
                ) from error

    def _find_section(self, stem: str) -> tuple[str, str]:
        for suffix in _DECOMPRESSORS:
            if stem + suffix in self._sections:
                return stem + suffix, suffix
        others = ", ".join(name for name in self._sections if name.startswith(stem)) or "none"
        raise PackageFormatError(
            f"{self.path} has no {stem} in a compression that is known (it has: {others})"
        )


class _Stream:
    """The decompressed bytes of a section, with the part of a file's interface that reading a tar archive needs."""

    def __init__(self, file: BinaryIO, section: _Section, decompressor: _Decompressor) -> None:
        file.seek(section.offset)
        self._file: Final = file
        self._left = section.size
        self._decompressor: Final = decompressor
        self._buffer = memoryview(b"")
        self._position = 0

    def read(self, size: int) -> bytes:
        pieces = []
        wanted = size
        while wanted:
            if not self._buffer and not self._fill():
                break
            piece = self._buffer[:wanted]
            self._buffer = self._buffer[len(piece) :]
            wanted -= len(piece)
            pieces.append(piece)
        self._position += size - wanted
        return bytes(pieces[0]) if len(pieces) == 1 else b"".join(pieces)

    def tell(self) -> int:
        return self._position

    def seek(self, position: int) -> int:
        """Only forwards, which is all that reading from front to back needs."""
        if position < self._position:
            raise tarfile.ReadError("an entry lies before one that was read")
        while self._position < position:
            if not self.read(min(position - self._position, _PIECE)):
                break
        return self._position

    def _fill(self) -> bool:
        """Decompresses more; false at the end."""
        while not self._buffer and self._left:
            compressed = self._file.read(min(_PIECE, self._left))
            if not compressed:
                raise EOFError("the file ends too early")
            self._left -= len(compressed)
            self._buffer = memoryview(self._decompressor.decompress(compressed))
        return bool(self._buffer)


def check_member(member: tarfile.TarInfo, package: str) -> str:
    """The member's path without the leading `./`; empty for the root.

    Raises `PackageFormatError` for anything that must not be unpacked: absolute paths, `..`, devices, and hard links
    to places outside the package.
    """
    path = _relative(member.name)
    if path is None:
        raise refusal(package, member.name, "its path leads outside the package")
    if member.islnk() and not _relative(member.linkname):
        raise refusal(package, member.name, f"it is a hard link to '{member.linkname}'")
    if not (member.isreg() or member.isdir() or member.issym() or member.islnk()):
        raise refusal(package, member.name, "it is a device, a pipe, or of an unknown kind")
    return path


def relative_path(name: str) -> str:
    """A member's or hard link's path, which `check_member` accepted, without the leading `./`."""
    return _relative(name) or ""


def _relative(name: str) -> str | None:
    if name.startswith("/") or "\0" in name:
        return None
    parts = [part for part in name.split("/") if part not in {"", "."}]
    return None if ".." in parts else "/".join(parts)


def refusal(package: str, name: str, reason: str) -> PackageFormatError:
    """The error about an entry that is not unpacked."""
    return PackageFormatError(
        f"{package} was not unpacked: the entry '{name}' is refused because {reason}. "
        "Such a package does not come from Debian: delete it and fetch it again"
    )
