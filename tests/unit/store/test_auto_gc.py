"""Collections that start by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neve.store import auto_gc

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from tests.unit.store.conftest import RecordingLogger

    from neve.store import Store


def test_full_disk_starts_a_collection(
    open_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch, log: RecordingLogger
) -> None:
    """Below `min-free` garbage goes before a new object is written; what was garbage is gone."""
    first = open_store()
    garbage = first.add_text("garbage", b"x" * 1000)
    first.close()
    monkeypatch.setattr(auto_gc, "_free_bytes", lambda _: 100)
    store = open_store(min_free=1000, max_free=5000)
    kept = store.add_text("a", b"a")
    assert store.query_all_valid_paths() == {kept}
    assert "running auto-GC to free 4900 bytes" in log.messages
    assert garbage != kept


def test_enough_space_or_no_setting_collects_nothing(
    open_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing happens by default, nor while there is room."""
    first = open_store()
    garbage = first.add_text("garbage", b"x")
    first.close()
    monkeypatch.setattr(auto_gc, "_free_bytes", lambda _: 100)
    open_store().add_text("a", b"a")
    store = open_store(min_free=50)
    store.add_text("b", b"b")
    assert store.is_valid_path(garbage)


def test_useless_collection_is_not_repeated(
    open_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch, log: RecordingLogger
) -> None:
    """Where there is nothing to free, it is not tried at every object."""
    monkeypatch.setattr(auto_gc, "_free_bytes", lambda _: 100)
    store = open_store(min_free=1000, max_free=5000, min_free_check_interval=0)
    store.add_text("a", b"a")
    store.add_text("b", b"b")
    assert log.messages.count("running auto-GC to free 4900 bytes") == 1
