"""Archives are unpacked as they are, and those that attack are refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import zstandard

from neve.fetch.archives import ArchiveError, top_directory, unpack

Entry = tuple[str, bytes | None, Mapping[str, object]]
"""Name, content (nothing for what is no file), and fields of the header."""


def make_tar(*entries: Entry) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content, fields in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content or b"")
            for field, value in fields.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(content or b""))
    return out.getvalue()


def make_zip(*entries: tuple[str, bytes, int]) -> bytes:
    """Entries are name, content and Unix mode."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name, (2024, 1, 2, 3, 4, 6))
            info.create_system = 3
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return out.getvalue()


PLAIN = make_tar(
    ("top", None, {"type": tarfile.DIRTYPE}),
    ("top/run", b"#!/bin/sh\n", {"mode": 0o755, "mtime": 1700000000}),
    ("./top/deep/er/text", b"words", {"mode": 0o666, "mtime": 5}),
    ("top/link", None, {"type": tarfile.SYMTYPE, "linkname": "/nowhere/../at/all"}),
    ("top/again", None, {"type": tarfile.LNKTYPE, "linkname": "top/run"}),
)


def unpack_bytes(tmp_path: Path, data: bytes) -> tuple[Path, int]:
    file = tmp_path / "archive"
    file.write_bytes(data)
    newest = unpack(str(file), str(tmp_path / "out"))
    return tmp_path / "out", newest


@pytest.mark.parametrize(
    "compress",
    [bytes, gzip.compress, bz2.compress, lzma.compress, zstandard.ZstdCompressor().compress],
    ids=["plain", "gzip", "bzip2", "xz", "zstd"],
)
def test_tar_is_unpacked_whatever_compresses_it(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    """Files, folders that no entry names, permission to execute, links of both kinds, and the newest time."""
    out, newest = unpack_bytes(tmp_path, compress(PLAIN))
    top = Path(top_directory(str(out)))
    assert top == out / "top"
    assert (top / "run").read_bytes() == (top / "again").read_bytes() == b"#!/bin/sh\n"
    assert (top / "deep/er/text").read_text() == "words"
    assert os.readlink(top / "link") == "/nowhere/../at/all"
    assert stat.S_IMODE((top / "run").stat().st_mode) == 0o755
    assert stat.S_IMODE((top / "again").stat().st_mode) == 0o755
    assert stat.S_IMODE((top / "deep/er/text").stat().st_mode) == 0o644
    assert newest == 1700000000


def test_zip_is_unpacked(tmp_path: Path) -> None:
    """Files, permission to execute, links."""
    data = make_zip(
        ("top/", b"", 0o40755),
        ("top/run", b"x", 0o100755),
        ("top/text", b"y", 0o100644),
        ("top/link", b"run", 0o120777),
    )
    out, newest = unpack_bytes(tmp_path, data)
    assert os.access(out / "top/run", os.X_OK)
    assert not os.access(out / "top/text", os.X_OK) or os.geteuid() == 0
    assert stat.S_IMODE((out / "top/text").stat().st_mode) == 0o644
    assert os.readlink(out / "top/link") == "run"
    assert newest == 1704164646


def test_later_entries_replace_earlier_ones(tmp_path: Path) -> None:
    """A link that is replaced is not followed."""
    victim = tmp_path / "victim"
    victim.write_text("safe")
    link = {"type": tarfile.SYMTYPE, "linkname": str(victim)}
    out, _ = unpack_bytes(tmp_path, make_tar(("a", None, link), ("a", b"new", {})))
    assert (out / "a").read_text() == "new"
    assert victim.read_text() == "safe"


def test_only_one_top_directory_is_stripped(tmp_path: Path) -> None:
    """With two entries, or a single file, the archive stands for itself."""
    (tmp_path / "one").write_text("")
    assert top_directory(str(tmp_path)) == str(tmp_path)
    (tmp_path / "one").unlink()
    (tmp_path / "one").symlink_to("/")
    assert top_directory(str(tmp_path)) == str(tmp_path)


SYMBOLIC = {"type": tarfile.SYMTYPE, "linkname": ".."}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (make_tar(("/etc/x", b"x", {})), "'/etc/x' is an absolute path"),
        (make_tar(("a/../../x", b"x", {})), r"'a/../../x' leads out of the archive"),
        (make_tar(("..", None, {"type": tarfile.DIRTYPE})), "leads out of the archive"),
        (make_tar(("a", None, SYMBOLIC), ("a/x", b"x", {})), "below 'a', which is a link"),
        (make_tar(("a", b"", {}), ("a/x", b"x", {})), "below 'a', which is a file"),
        (make_tar(("a/x", b"", {}), ("a", b"x", {})), "both a directory and something else"),
        (make_tar((".", b"x", {})), "is no name for a file"),
        (
            make_tar(("a", None, {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"})),
            "absolute path",
        ),
        (
            make_tar(("a", None, {"type": tarfile.LNKTYPE, "linkname": "../x"})),
            "leads out of the archive",
        ),
        (
            make_tar(
                ("s", None, SYMBOLIC), ("a", None, {"type": tarfile.LNKTYPE, "linkname": "s"})
            ),
            "no file of the archive",
        ),
        (make_tar(("a", None, {"type": tarfile.CHRTYPE})), "'a' is a character device"),
        (make_tar(("a", None, {"type": tarfile.BLKTYPE})), "'a' is a block device"),
        (make_tar(("a", None, {"type": tarfile.FIFOTYPE})), "'a' is a pipe"),
        (make_tar(("n" * 300, b"x", {})), "File name too long"),
        (make_tar(("d/" * 3000 + "x", b"x", {})), "is too long for a file name"),
        (make_zip(("../x", b"x", 0o100644)), "leads out of the archive"),
        (make_zip(("/x", b"x", 0o100644)), "absolute path"),
        (make_zip(("l", b"..", 0o120777), ("l/x", b"x", 0o100644)), "below 'l', which is a link"),
        (make_zip(("p", b"", 0o010644)), "neither file nor directory nor link"),
        (b"", "empty file"),
        (b"<html>not found</html>" * 40, "no tar archive, or a damaged one"),
        (make_tar(("a", b"x" * 2000, {}))[:1200], "unexpected end of data"),
        (gzip.compress(PLAIN)[:-20], "end-of-stream"),
        (lzma.compress(PLAIN)[:-20], "end-of-stream"),
        (b"\x28\xb5\x2f\xfdgarbage", "compressed data is damaged"),
        (b"PK\x03\x04 but no more", "not a zip file"),
    ],
)
def test_attacks_and_damage_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    """One sentence says what is wrong, and nothing appears outside of the target."""
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(ArchiveError, match=words):
        unpack_bytes(inside, data)
    assert os.listdir(tmp_path) == ["inside"]
    assert set(os.listdir(inside)) == {"archive", "out"}


def test_a_damaged_header_is_not_the_end(tmp_path: Path) -> None:
    """Files after it must not go missing without a word."""
    data = bytearray(make_tar(("a", b"x", {}), ("b", b"y", {})))
    data[1024 + 150] ^= 1  # the checksum of the second header
    with pytest.raises(ArchiveError, match="no tar archive, or a damaged one"):
        unpack_bytes(tmp_path, bytes(data))
