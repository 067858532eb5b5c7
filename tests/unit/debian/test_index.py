"""The index that Nix code reads."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from neve.debian.architecture import Architecture
from neve.debian.archive import PackageList, Snapshot
from neve.debian.index import Source, resolve_source, write_index
from neve.debian.mirror import Suite
from neve.debian.rules import Rules
from neve.debian.trust import Release

LIST = """\
Package: libc
Source: glibc
Version: 2.41-1
Depends: libgcc
Description: the C library
Section: libs
Filename: pool/libc.deb
Size: 1
SHA256: aa

Package: libgcc
Version: 14
Depends: libc
Filename: pool/libgcc.deb
Size: 1
SHA256: bb

Package: hello
Version: 2.10-5
Depends: libgcc, missing
Filename: pool/hello.deb
Size: 1
SHA256: cc
"""
BACKPORTS = "Package: hello\nVersion: 3\nFilename: pool/hello3.deb\nSize: 1\nSHA256: dd\n"


def build(directory: Path) -> Path:
    """Writes the index of two small suites."""
    stable, beside = Suite("trixie"), Suite("trixie-backports", is_separate=True)
    date = datetime(2026, 9, 12, tzinfo=UTC)
    release = Release(stable, "trixie", "13.7", date, None, by_hash=True, files={})
    lists = (
        PackageList(stable, "main", LIST.encode()),
        PackageList(beside, "contrib", BACKPORTS.encode()),
    )
    architecture = Architecture.from_system("x86_64-linux")
    rules = Rules(interpreters=("libc",), assumed={"libc": ("hello",)})
    source = Source(Snapshot((release,), lists), rules, architecture)
    write_index(directory, source, resolve_source(source))
    return directory


def entry(index: Path, name: str) -> dict[str, Any]:
    """What the index has under this name."""
    shard = hashlib.sha256(name.encode()).hexdigest()[:3]
    found: dict[str, Any] = json.loads((index / "shards" / f"{shard}.json").read_text())[name]
    return found


def test_entries(tmp_path: Path) -> None:
    """Entries say what a derivation needs; members of a unit point at it."""
    index = build(tmp_path / "index")
    assert entry(index, "libc") == {
        "version": "2.41-1",
        "path": "pool/libc.deb",
        "sha256": "aa",
        "description": "the C library",
        "section": "libs",
        "source": "glibc",
        "depends": [],
        "members": ["libc", "libgcc"],
        "core": True,
    }
    assert entry(index, "libgcc")["unit"] == "libc"
    assert entry(index, "hello")["depends"] == ["libc"]
    assert entry(index, "hello")["unsatisfied"] == ["missing"]
    assert entry(index, "hello/trixie-backports")["component"] == "contrib"


def test_names(tmp_path: Path) -> None:
    """Names are listed by suite, and the index says where it comes from."""
    index = build(tmp_path / "index")
    assert json.loads((index / "names.json").read_text()) == {"hello": 0, "libc": 0, "libgcc": 0}
    backports = json.loads((index / "suites/trixie-backports.json").read_text())
    assert backports == {"hello/trixie-backports": 0}
    meta = json.loads((index / "meta.json").read_text())
    assert meta["interpreters"] == ["libc"]
    assert meta["assumed"] == {"libc": {"units": ["hello"], "without": ["hello", "libc"]}}
    assert meta["releases"]["trixie"]["version"] == "13.7"


def test_index_is_reproducible(tmp_path: Path) -> None:
    """Two runs write the same bytes."""
    one, other = build(tmp_path / "one"), build(tmp_path / "other")
    files = sorted(path.relative_to(one) for path in one.rglob("*.json"))
    assert len(files) == 4 + 3
    assert all((one / file).read_bytes() == (other / file).read_bytes() for file in files)
