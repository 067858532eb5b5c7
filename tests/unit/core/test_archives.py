"""Archives as Python sees them."""

import hashlib
import io
import os
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from neve import _core

# As Nix 2.34 prints the hash of the tree that `make_tree` makes.
TREE_HASH = "sha256-+JHzqHHst8BBO2zydaz8v1yrlCyd/dfl4zsPhgOZ5Es="
PART = "a3qrxr9fv07qngjdfd543q16dz6907hh"


@pytest.fixture
def tree(tmp_path: Path) -> bytes:
    """Files of every kind, with names in odd bytes."""
    root = bytes(tmp_path / "tree")
    os.makedirs(root + b"/dir/empty")
    os.mkdir(root + b"/b")
    for name, content in {
        b"file": b"hello",
        b"exe": b"#!/bin/sh\n",
        b"emptyfile": b"",
        b"odd\xffname": b"x",
        b'na me"q': b"x",
    }.items():
        Path(os.fsdecode(root + b"/" + name)).write_bytes(content)
    os.chmod(root + b"/exe", 0o700)
    os.symlink(b"file", root + b"/link")
    os.symlink(b"/nonexistent", root + b"/dangling")
    return root


def dump(path: str | bytes) -> bytes:
    """The archive of a path."""
    pieces: list[bytes] = []
    _core.dump_path(path, pieces.append)
    return b"".join(pieces)


def string(text: bytes) -> bytes:
    """A string as archives hold it."""
    return struct.pack("<Q", len(text)) + text + bytes(-len(text) % 8)


def strings(*texts: bytes) -> bytes:
    """Several of them."""
    return b"".join(map(string, texts))


def reading(data: bytes) -> Callable[[int], bytes]:
    """Reads a few bytes at a time, whatever is asked for."""
    stream = io.BytesIO(data)
    return lambda count: stream.read(min(count, 7))


def directory(*names: bytes) -> bytes:
    """An archive of a directory with empty files of these names."""
    entries = (
        strings(b"entry", b"(", b"name", name, b"node", b"(", b"type", b"regular", b"contents")
        + strings(b"", b")", b")")
        for name in names
    )
    head = strings(b"nix-archive-1", b"(", b"type", b"directory")
    return head + b"".join(entries) + string(b")")


def test_archive_has_the_hash_that_nix_prints(tree: bytes) -> None:
    """All ways to the hash of a tree lead to that of Nix."""
    archive = dump(tree)
    digest = hashlib.sha256(archive).digest()
    assert _core.encode_hash(digest, "sha256", "sri") == TREE_HASH
    for summary in (
        _core.summarise_path(tree),
        _core.summarise_path(os.fsdecode(tree)),
        _core.summarise_nar(reading(archive)),
        _core.summarise_nar(reading(archive), exact=True),
    ):
        assert (summary.sha256, summary.size) == (digest, len(archive))
        assert summary.references == set()


def test_large_files_come_in_pieces(tmp_path: Path) -> None:
    """A file of some megabytes is archived in pieces of at most 64 KiB and hashed alike by all paths."""
    data = os.urandom(1 << 16) * 50
    (tmp_path / "file").write_bytes(data)
    pieces: list[bytes] = []
    _core.dump_path(str(tmp_path), pieces.append)
    assert max(map(len, pieces)) <= 65536
    archive = b"".join(pieces)
    assert data in archive
    digest = hashlib.sha256(archive).digest()
    assert _core.summarise_path(str(tmp_path)).sha256 == digest
    assert _core.summarise_nar(io.BytesIO(archive).read).sha256 == digest
    assert _core.restore_path(str(tmp_path / "copy"), io.BytesIO(archive).read).sha256 == digest


def test_references_are_found(tmp_path: Path) -> None:
    """Hash parts are found in contents, link targets and names; others are not reported."""
    parts = [_core.encode_nix32(bytes([i]) * 20) for i in range(5)]
    (tmp_path / parts[0]).write_text(f"{'x' * 70_000}/nix/store/{parts[1]}-y")
    (tmp_path / "link").symlink_to(f"/nix/store/{parts[2]}-z")
    expected = set(parts[:3])
    assert _core.summarise_path(str(tmp_path), parts).references == expected
    assert _core.summarise_nar(reading(dump(str(tmp_path))), iter(parts)).references == expected
    with pytest.raises(ValueError, match="'abc' is not the hash part of a store path"):
        _core.summarise_path(str(tmp_path), ["abc"])


@pytest.mark.parametrize("exact", [False, True])
def test_restoring_gives_the_same_tree(tree: bytes, tmp_path: Path, *, exact: bool) -> None:
    """What is unpacked has the same archive, and no more is read than asked for with `exact`."""
    archive = dump(tree)
    stream = io.BytesIO(archive + b"more")
    target = str(tmp_path / "copy")
    summary = _core.restore_path(target, stream.read, exact=exact, sync=True)
    assert summary.sha256 == hashlib.sha256(archive).digest()
    assert dump(target) == archive
    if exact:
        assert stream.read() == b"more"


@pytest.mark.parametrize("name", ["file", "link"])
def test_restoring_a_single_file(tree: bytes, tmp_path: Path, name: str) -> None:
    """An archive of one file or link is read to its end."""
    archive = dump(tree + b"/" + name.encode())
    stream = io.BytesIO(archive + b"more")
    summary = _core.restore_path(str(tmp_path / "copy"), stream.read, exact=True)
    assert (summary.sha256, summary.size) == (hashlib.sha256(archive).digest(), len(archive))
    assert stream.read() == b"more"
    with pytest.raises(ValueError, match="unexpected end-of-file"):
        _core.restore_path(str(tmp_path / "copy2"), io.BytesIO(archive[:-1]).read)
    assert not os.path.lexists(tmp_path / "copy2")


def test_restoring_can_give_the_metadata_of_store_objects(tree: bytes, tmp_path: Path) -> None:
    """`canonical` leaves nothing for `canonicalise_path` to do."""
    target = tmp_path / "copy"
    _core.restore_path(str(target), io.BytesIO(dump(tree)).read, canonical=True)
    for path in [target, *target.rglob("*")]:
        status = path.lstat()
        assert status.st_mtime_ns == 1_000_000_000
        if not path.is_symlink():
            is_executable = path.is_dir() or path.name == "exe"
            assert status.st_mode & 0o7777 == (0o555 if is_executable else 0o444)


def test_listing_tells_where_contents_are(tree: bytes) -> None:
    """The listing has the form of a `.ls` file, and its offsets are right."""
    archive = dump(tree)
    root = _core.list_nar(reading(archive))
    assert root["type"] == "directory"
    entries = root["entries"]
    assert list(entries) == sorted(entries, key=os.fsencode)
    assert entries["exe"] == {
        "type": "regular",
        "size": 10,
        "executable": True,
        "narOffset": archive.index(b"#!/bin/sh"),
    }
    assert entries["link"] == {"type": "symlink", "target": "file"}
    assert entries["dir"]["entries"] == {"empty": {"type": "directory", "entries": {}}}
    assert "odd\udcffname" in entries


BAD_ARCHIVES = {
    "no archive": (string(b"nix-archive-2"), "input doesn't look like a Nix archive"),
    "name with slash": (directory(b"a/b"), "NAR contains invalid file name 'a/b'"),
    "name of dots": (directory(b".."), "NAR contains invalid file name '..'"),
    "empty name": (directory(b""), "NAR contains invalid file name ''"),
    "name with NUL": (directory(b"a\0"), "NAR contains invalid file name"),
    "duplicate name": (directory(b"a", b"a"), "NAR directory is not sorted"),
    "unsorted names": (directory(b"b", b"a"), "NAR directory is not sorted"),
    "truncated": (directory(b"a")[:-1], "unexpected end-of-file"),
    "unknown type": (
        strings(b"nix-archive-1", b"(", b"type", b"fifo"),
        "unknown file type 'fifo'",
    ),
    "lying length": (
        strings(b"nix-archive-1", b"(", b"type", b"regular", b"contents") + b"\xff" * 8,
        "unexpected end-of-file",
    ),
    "long tag": (string(b"nix-archive-1") + b"\xff" * 8, "string is too long"),
    "padding": (string(b"nix-archive-1")[:-1] + b"x", "input doesn't look like a Nix archive"),
    "link to nothing": (
        strings(b"nix-archive-1", b"(", b"type", b"symlink", b"target", b"", b")"),
        "NAR contains invalid symlink target",
    ),
}


@pytest.mark.parametrize("name", BAD_ARCHIVES)
def test_bad_archives_are_refused(name: str, tmp_path: Path) -> None:
    """Malformed archives raise `ValueError`, and leave nothing behind."""
    archive, message = BAD_ARCHIVES[name]
    target = tmp_path / "target"
    with pytest.raises(ValueError, match=r".*") as caught:
        _core.restore_path(str(target), reading(archive))
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match=r".*"):
        _core.summarise_nar(reading(archive))


def test_existing_files_are_left_alone(tmp_path: Path) -> None:
    """Unpacking to what exists fails, also through a dangling link, and changes nothing."""
    archive = directory(b"a")
    (tmp_path / "file").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("file", "link"):
        with pytest.raises(FileExistsError) as caught:
            _core.restore_path(str(tmp_path / name), reading(archive))
        assert caught.value.filename == str(tmp_path / name)
    assert (tmp_path / "file").read_text() == "kept"
    assert not (tmp_path / "elsewhere").exists()


def test_special_files_have_no_archive(tmp_path: Path) -> None:
    """A named pipe is refused in Nix's words, without waiting for a writer."""
    os.mkfifo(tmp_path / "pipe")
    message = f"^file '{tmp_path}/pipe' has an unsupported type$"
    with pytest.raises(ValueError, match=message):
        dump(str(tmp_path))
    with pytest.raises(ValueError, match=message):
        _core.summarise_path(str(tmp_path / "pipe"))


def test_depth_is_bounded(tmp_path: Path) -> None:
    """More than 64 levels are refused, on the way in and out."""
    deepest = tmp_path.joinpath(*(["d"] * 64))
    deepest.mkdir(parents=True)
    with pytest.raises(ValueError, match="exceeds maximum NAR directory depth of 64"):
        dump(str(tmp_path))
    assert dump(str(tmp_path / "d"))


def test_errors_of_callables_come_through(tree: bytes, tmp_path: Path) -> None:
    """What `read` and `write` raise is raised, and nothing is left behind."""

    class StopHereError(Exception):
        pass

    def fail(_argument: object) -> bytes:
        raise StopHereError

    with pytest.raises(StopHereError):
        _core.dump_path(tree, fail)
    with pytest.raises(StopHereError):
        _core.restore_path(str(tmp_path / "x"), fail)
    with pytest.raises(ValueError, match="read returned 200 bytes where at most"):
        _core.summarise_nar(lambda _count: b"x" * 200, exact=True)
    assert not (tmp_path / "x").exists()


def test_export_trailers_round_trip() -> None:
    """A trailer is read as it was made, and what follows stays in the stream."""
    path, other = f"/nix/store/{PART}-x", f"/nix/store/{PART}-y.drv"
    trailer = _core.make_export_trailer(path, [other, path], other)
    assert trailer.startswith(b"NIXE\0\0\0\0")
    stream = io.BytesIO(trailer + b"more")
    assert _core.read_export_trailer(stream.read) == (path, {path, other}, other)
    assert stream.read() == b"more"
    with pytest.raises(ValueError, match="cannot be imported; wrong format"):
        _core.read_export_trailer(io.BytesIO(bytes(16)).read)
