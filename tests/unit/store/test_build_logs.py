"""Build logs."""

from __future__ import annotations

import bz2
import os
from typing import TYPE_CHECKING

import pytest

from neve.errors import StoreError

if TYPE_CHECKING:
    from neve.store import Layout, Store

DRV = f"/nix/store/ab{'c' * 30}-x.drv"


def test_log_lies_where_nix_looks(store: Store, layout: Layout) -> None:
    """Two characters name a folder, the rest the file, compressed."""
    store.write_build_log(DRV, b"words")
    file = f"{layout.log_dir}/drvs/ab/{'c' * 30}-x.drv.bz2"
    assert store.build_log_path(DRV) == file
    with open(file, "rb") as opened:
        assert bz2.decompress(opened.read()) == b"words"
    assert store.read_build_log(DRV) == b"words"


def test_first_log_stays(store: Store) -> None:
    """A log that is there is not written again."""
    store.write_build_log(DRV, b"first")
    store.write_build_log(DRV, b"second")
    assert store.read_build_log(DRV) == b"first"


def test_output_leads_to_the_log(store: Store) -> None:
    """A path's deriver says which log is meant."""
    path = store.add_text("a", b"a")
    assert store.read_build_log(path) is None
    store.database.execute("update ValidPaths set deriver = ?", (DRV,))
    assert store.read_build_log(path) is None
    store.write_build_log(DRV, b"words")
    assert store.read_build_log(path) == b"words"
    assert store.read_build_log(f"/nix/store/{'d' * 32}-other") is None


def test_plain_and_damaged_logs(store: Store) -> None:
    """An uncompressed log is read; a damaged one is an error that names the derivation."""
    plain = store.build_log_path(DRV).removesuffix(".bz2")
    os.makedirs(os.path.dirname(plain))
    with open(plain, "wb") as file:
        file.write(b"plain")
    assert store.read_build_log(DRV) == b"plain"
    os.rename(plain, f"{plain}.bz2")
    with pytest.raises(StoreError, match=r"x\.drv"):
        store.read_build_log(DRV)
