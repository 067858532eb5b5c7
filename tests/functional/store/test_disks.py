"""Stores on disks that are full or may not be written: the error says so, and the store stays whole."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.functional.builder.conftest import why_no_sandbox
from tests.functional.builder.workshop import Workshop

from neve.builder.results import Failure, Success
from neve.cache.copying import copy_closure
from neve.cache.opening import StoreOpener
from neve.cache.settings import CacheSettings
from neve.errors import CacheError, NeveError
from neve.log import SILENT
from neve.store import Store, StoreSettings

pytestmark = [
    pytest.mark.functional,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount"),
]

SETTINGS = StoreSettings(gc_reserved_space=0, require_sigs=False)
MEGABYTE = 1 << 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of six megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(disk)], check=True)
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def write_file(folder: Path, name: str, size: int) -> str:
    """A file of random bytes."""
    (folder / name).write_bytes(os.urandom(size))
    return str(folder / name)


def leftovers(store: Store) -> set[str]:
    """What lies in the store and is not valid."""
    valid = {os.path.basename(path) for path in store.query_all_valid_paths()}
    return set(os.listdir(store.layout.real_store_dir)) - valid - {".links"}


def fill(file: Path) -> None:
    """Takes all the space that is left."""
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as stream:
        while stream.write(bytes(4096)):
            pass


def add_without_end(store: Store) -> None:
    for number in itertools.count():
        store.add_text("text", str(number).encode())


def test_adding_what_does_not_fit(disk: Path, tmp_path: Path) -> None:
    """Nothing of it stays, so that something smaller fits."""
    with Store.open(str(disk), settings=SETTINGS) as store:
        kept = store.add_path(write_file(tmp_path, "small", MEGABYTE)).path
        with pytest.raises(NeveError, match="No space left on device"):
            store.add_path(write_file(tmp_path, "big", 8 * MEGABYTE))
        assert leftovers(store) == set()
        assert store.verify(check_contents=True)
        again = store.add_path(write_file(tmp_path, "other", MEGABYTE)).path
        assert store.query_all_valid_paths() == {kept, again}


def test_downloading_what_does_not_fit(disk: Path, tmp_path: Path) -> None:
    """The same for what comes from a cache: what fits is kept, what does not leaves nothing behind."""
    with StoreOpener(CacheSettings(store=SETTINGS)) as opener:
        source = opener.open_local(str(tmp_path / "source"))
        small = source.add_path(write_file(tmp_path, "small", MEGABYTE)).path
        big = source.add_path(write_file(tmp_path, "big", 8 * MEGABYTE)).path
        cache = f"file://{tmp_path}/cache?compression=zstd"
        copy_closure(source, opener.open(cache), [small, big], log=SILENT)
        target = opener.open_local(str(disk))
        substituters = opener.substituters(target, [cache])
        with pytest.raises(CacheError, match="No space left on device"):
            substituters.substitute_closure([big])
        assert leftovers(target) == set()
        assert substituters.substitute_closure([small]) == set()
        assert target.query_all_valid_paths() == {small}
        assert target.verify(check_contents=True)


def test_a_database_that_cannot_grow(disk: Path) -> None:
    """Paths that cannot be registered are not there; collecting garbage needs no space."""
    with Store.open(str(disk), settings=SETTINGS) as store:
        filler = disk / "filler"
        fill(filler)
        with pytest.raises(NeveError, match=r"No space left|disk is full"):
            add_without_end(store)
        filler.unlink()
        assert store.verify(check_contents=True)
        assert leftovers(store) == set()
    with Store.open(str(disk), settings=SETTINGS) as store:
        store.collect_garbage()
        assert store.query_all_valid_paths() == set()


def test_a_disk_that_may_not_be_written(disk: Path, tmp_path: Path) -> None:
    """The error says what cannot be written; as a store that is only read, it answers."""
    with Store.open(str(disk), settings=SETTINGS) as store:
        path = store.add_text("text", b"1")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    with pytest.raises(NeveError, match=r"not writable|Read-only file system") as caught:
        Store.open(str(disk), settings=SETTINGS)
    assert str(disk) in str(caught.value)
    with Store.open(str(disk), settings=SETTINGS._replace(read_only=True)) as store:
        assert store.query_all_valid_paths() == {path}
        with pytest.raises(NeveError):
            store.add_path(write_file(tmp_path, "x", 1))
        pieces: list[bytes] = []
        store.dump_nar(path, pieces.append)
        assert b"1" in b"".join(pieces)


@pytest.mark.parametrize("says", ["true", "echo 0123456789012345678901234567890123456789"])
def test_a_builder_that_fills_the_disk(disk: Path, says: str) -> None:
    """The build ends and leaves nothing, whether its output or its log was too much; less fits again."""
    reason = why_no_sandbox()
    if reason is not None:
        pytest.skip(reason)
    workshop = Workshop(disk / "root", compress_build_log=False)
    try:
        endless = "while :; do echo 0123456789012345678901234567890123456789; done > $out; "
        if says != "true":
            endless += f"while :; do {says}; done"
        full = workshop.derive("full", endless)
        outcome = workshop.run(full)[full]
        assert isinstance(outcome, Failure)
        assert leftovers(workshop.store) == set()
        logs = Path(workshop.layout.log_dir)
        assert [file for file in logs.rglob("*") if ".tmp." in file.name] == []
        assert os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize > 2 * MEGABYTE
        small = workshop.derive("small", "echo > $out")
        assert isinstance(workshop.run(small)[small], Success)
    finally:
        workshop.close()
