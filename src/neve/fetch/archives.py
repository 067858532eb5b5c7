"""Unpacking of archives: tar, plain or compressed with gzip, bzip2, xz or zstd, and zip.

Nothing is ever written outside the target: names that lead out of it, names below links, hard links to what is not
part of the archive, devices and pipes are refused. Symbolic links may point anywhere, since they are data only.
"""

from __future__ import annotations

import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from calendar import timegm
from typing import IO, Any, Final, Self, cast

from typing_extensions import override

from neve.errors import FetchError

_PIECE: Final = 1 << 20
_MAGIC_BYTES: Final = 6
_ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_UNIX: Final = 3
"""The system of zip entries that carry permissions."""
_MAX_LINK_BYTES: Final = 4096
_MAX_NAME: Final = 1024
"""Characters of a name with its folders; real sources stay far below."""


class ArchiveError(FetchError):
    """An archive is damaged, of an unknown kind, or tries what archives must not do."""


class Tree:
    """A folder that is being filled, entry by entry, with names that are not trusted."""

    def __init__(self, root: str) -> None:
        """Makes the folder `root`, which must not exist."""
        self._root: Final = root
        self._kinds: Final[dict[str, str]] = {"": "directory"}
        """Name below the root → `directory`, `file` or `link`; what is not here does not exist."""
        os.mkdir(root)

    def add_directory(self, name: str) -> None:
        """A folder, with those above it."""
        self._make_directory(_clean(name), name)

    def add_link(self, name: str, target: str) -> None:
        """A symbolic link."""
        clean = self._prepare(name)
        os.symlink(target, self._real(clean))
        self._kinds[clean] = "link"

    def add_file(self, name: str, content: IO[bytes], *, executable: bool) -> None:
        """A file with what `content` holds from here on."""
        clean = self._prepare(name)
        with open(self._real(clean), "xb") as file:
            shutil.copyfileobj(content, file, _PIECE)
            os.fchmod(file.fileno(), 0o755 if executable else 0o644)
        self._kinds[clean] = "file"

    def add_hard_link(self, name: str, target: str) -> None:
        """A copy of a file that came earlier."""
        source = _clean(target)
        if self._kinds.get(source) != "file":
            raise ArchiveError(f"'{name}' is a link to '{target}', which is no file of the archive")
        path = self._real(source)
        if source == _clean(name):
            return
        with open(path, "rb") as content:
            executable = bool(os.fstat(content.fileno()).st_mode & stat.S_IXUSR)
            self.add_file(name, content, executable=executable)

    def _prepare(self, name: str) -> str:
        """Makes room for an entry: folders above it, and nothing at its place."""
        clean = _clean(name)
        if not clean:
            raise ArchiveError(f"'{name}' is no name for a file")
        self._make_directory(clean.rpartition("/")[0], name)
        kind = self._kinds.get(clean)
        if kind == "directory":
            raise ArchiveError(f"'{name}' is both a directory and something else")
        if kind is not None:
            os.unlink(self._real(clean))
        return clean

    def _make_directory(self, clean: str, name: str) -> None:
        missing = []
        while (kind := self._kinds.get(clean)) is None:
            missing.append(clean)
            clean = clean.rpartition("/")[0]
        if kind != "directory":
            raise ArchiveError(f"'{name}' lies below '{clean}', which is a {kind}")
        for directory in reversed(missing):
            os.mkdir(self._real(directory), 0o755)
            self._kinds[directory] = "directory"

    def _real(self, clean: str) -> str:
        return f"{self._root}/{clean}"


def unpack(file: str, target: str) -> int:
    """Unpacks the archive `file` to the new folder `target`; when its newest entry was changed (Unix time).

    Raises `ArchiveError`, after which `target` may hold a part of it.
    """
    tree = Tree(target)
    try:
        with open(file, "rb") as stream:
            magic = stream.read(_MAGIC_BYTES)
            stream.seek(0)
            if magic.startswith(_ZIP_MAGIC):
                return _unpack_zip(stream, tree)
            return _unpack_tar(_decompressing(stream, magic), tree)
    except ArchiveError:
        raise
    except OSError as error:
        # Compressors raise it for damaged input, without a number.
        raise ArchiveError(error.strerror or str(error)) from error
    except (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ArchiveError(str(error) or "unexpected end of the archive") from error
    except (ValueError, RuntimeError, NotImplementedError, OverflowError) as error:
        # What the libraries raise for names with NUL, passwords, methods they do not know, absurd numbers.
        raise ArchiveError(str(error)) from error


def top_directory(folder: str) -> str:
    """The one directory that an unpacked archive consists of, else the folder itself."""
    names = os.listdir(folder)
    if len(names) == 1:
        only = os.path.join(folder, names[0])
        if stat.S_ISDIR(os.lstat(only).st_mode):
            return only
    return folder


def _clean(name: str) -> str:
    """A name without `.` and doubled slashes; raises `ArchiveError` for one that leads out of the archive."""
    if name.startswith("/"):
        raise ArchiveError(f"'{name}' is an absolute path")
    if len(name) >= _MAX_NAME:
        # Folders so deep could be made, but hardly removed.
        raise ArchiveError(f"'{name[:64]}…' is too long for a file name")
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise ArchiveError(f"'{name}' leads out of the archive")
    return "/".join(parts)


def _decompressing(stream: IO[bytes], magic: bytes) -> IO[bytes]:
    if magic.startswith(b"\x1f\x8b"):
        import gzip

        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    if magic.startswith(b"BZh"):
        import bz2

        return cast("IO[bytes]", bz2.BZ2File(stream))
    if magic.startswith((b"\xfd7zXZ\x00", b"\x5d\x00\x00")):
        return _xz(stream)
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        return _zstd(stream)
    return stream


def _xz(stream: IO[bytes]) -> IO[bytes]:
    import lzma

    return cast("IO[bytes]", _Guarded(lzma.LZMAFile(stream), lzma.LZMAError))


def _zstd(stream: IO[bytes]) -> IO[bytes]:
    import zstandard

    reader = zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True)
    return cast("IO[bytes]", _Guarded(reader, zstandard.ZstdError))


class _Guarded:
    """A decompressor whose own kind of error becomes ours."""

    def __init__(self, stream: Any, kind: type[Exception]) -> None:
        self._stream: Final = stream
        self._kind: Final = kind

    def read(self, size: int, /) -> bytes:
        try:
            data: bytes = self._stream.read(size)
        except self._kind as error:
            raise ArchiveError(f"the compressed data is damaged: {error}") from error
        return data


class _StrictInfo(tarfile.TarInfo):
    """A header that must make sense: the library takes one that does not for the end of the archive."""

    @classmethod
    @override
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except (tarfile.InvalidHeaderError, tarfile.TruncatedHeaderError) as error:  # type: ignore[attr-defined]
            raise ArchiveError(f"it is no tar archive, or a damaged one: {error}") from error


def _unpack_tar(stream: IO[bytes], tree: Tree) -> int:
    newest = 0
    with tarfile.open(fileobj=stream, mode="r|", tarinfo=_StrictInfo) as archive:
        for member in archive:
            _add_member(tree, archive, member)
            newest = max(newest, int(member.mtime))
    while stream.read(_PIECE):
        # Checksums stand at the end.
        pass
    return newest


def _add_member(tree: Tree, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    if member.isdir():
        tree.add_directory(member.name)
    elif member.issym():
        tree.add_link(member.name, member.linkname)
    elif member.islnk():
        tree.add_hard_link(member.name, member.linkname)
    elif member.isfile():
        content = archive.extractfile(member)
        assert content is not None  # noqa: S101 - files have contents
        tree.add_file(member.name, content, executable=bool(member.mode & stat.S_IXUSR))
    else:
        kind = {
            tarfile.CHRTYPE: "a character device",
            tarfile.BLKTYPE: "a block device",
            tarfile.FIFOTYPE: "a pipe",
        }.get(member.type, "neither file nor directory nor link")
        raise ArchiveError(f"'{member.name}' is {kind}")


def _unpack_zip(stream: IO[bytes], tree: Tree) -> int:
    newest = 0
    with zipfile.ZipFile(stream) as archive:
        for entry in archive.infolist():
            _add_entry(tree, archive, entry)
            newest = max(newest, timegm((*entry.date_time, 0, 0, 0)))
    return newest


def _add_entry(tree: Tree, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    # The name as it is in the file: the library's own reading hides what leads out.
    name = entry.orig_filename
    mode = entry.external_attr >> 16 if entry.create_system == _UNIX else 0
    kind = stat.S_IFMT(mode)
    if entry.is_dir():
        tree.add_directory(name)
    elif kind == stat.S_IFLNK:
        if entry.file_size > _MAX_LINK_BYTES:
            raise ArchiveError(f"the link '{name}' has an absurd target")
        tree.add_link(name, os.fsdecode(archive.read(entry)))
    elif kind in {0, stat.S_IFREG}:
        with archive.open(entry) as content:
            tree.add_file(name, content, executable=bool(mode & stat.S_IXUSR))
    else:
        raise ArchiveError(f"'{name}' is neither file nor directory nor link")
