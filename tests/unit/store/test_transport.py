"""Exporting and importing objects."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from neve.errors import HashMismatchError, StoreError, UntrustedPathError
from neve.log import SILENT
from neve.store import Layout, Store, StoreSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    with Store(
        Layout.below(tmp_path / "other"), StoreSettings(gc_reserved_space=0), SILENT
    ) as other:
        yield other


def exported(store: Store, paths: list[str]) -> bytes:
    out = io.BytesIO()
    store.export_paths(paths, out.write)
    return out.getvalue()


def test_objects_arrive_with_their_metadata(store: Store, other: Store) -> None:
    """References come first, so that each object is valid when it arrives."""
    a = store.add_text("a", b"a")
    b = store.add_text("b", b"b", [a])
    store.database.execute("update ValidPaths set deriver = ? where path = ?", (a, b))
    stream = io.BytesIO(exported(store, [b, a]) + b"what follows")
    assert other.import_paths(stream.read, check_signatures=False) == [a, b]
    info = other.query_path_info(b)
    assert (info.references, info.deriver) == (frozenset({a}), a)
    assert info.nar_sha256 == store.query_path_info(b).nar_sha256


def test_damaged_object_is_not_exported(store: Store) -> None:
    """Damage does not spread."""
    path = store.add_text("a", b"a")
    store.database.execute(f"update ValidPaths set hash = 'sha256:{'1' * 64}'")
    with pytest.raises(HashMismatchError, match="has changed from"):
        exported(store, [path])


def test_unsigned_import_is_refused_by_default(store: Store, other: Store) -> None:
    """The stream carries neither signatures nor content addresses."""
    data = exported(store, [store.add_text("a", b"a")])
    with pytest.raises(UntrustedPathError):
        other.import_paths(io.BytesIO(data).read)


@pytest.mark.parametrize("keep", [4, 60, 200, -1])
def test_unfinished_stream_is_an_error(store: Store, other: Store, keep: int) -> None:
    """Wherever it breaks off, nothing half comes to be valid."""
    data = exported(store, [store.add_text("a", b"a")])
    with pytest.raises(StoreError):
        other.import_paths(io.BytesIO(data[:keep]).read, check_signatures=False)
    assert other.verify(check_contents=True)


def test_other_streams_are_refused(other: Store) -> None:
    """Something else than an export is told to be that."""
    with pytest.raises(
        StoreError, match="doesn't look like something created by 'nix-store --export'"
    ):
        other.import_paths(io.BytesIO(b"some other file").read)
