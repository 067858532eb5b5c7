"""Comparing database and disk."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from neve.errors import StoreError

if TYPE_CHECKING:
    from tests.unit.store.conftest import RecordingLogger

    from neve.store import Layout, Store


def damage(store: Store, path: str) -> None:
    os.chmod(store.real_path(path), 0o644)
    with open(store.real_path(path), "ab") as file:
        file.write(b"!")


def test_intact_store_is_well(store: Store) -> None:
    """Nothing is wrong, nothing is said to be."""
    store.add_text("b", b"b", [store.add_text("a", b"a")])
    assert store.verify(check_contents=True)


def test_path_that_has_gone_is_forgotten(store: Store, log: RecordingLogger) -> None:
    """A whole branch that has gone leaves the database."""
    a = store.add_text("a", b"a")
    b = store.add_text("b", b"b", [a])
    os.unlink(store.real_path(a))
    os.unlink(store.real_path(b))
    assert store.verify()
    assert store.query_all_valid_paths() == set()
    assert f"path '{b}' disappeared, removing from database..." in log.messages


def test_path_that_is_needed_is_an_error(store: Store, log: RecordingLogger) -> None:
    """What something still valid refers to cannot be forgotten."""
    a = store.add_text("a", b"a")
    store.add_text("b", b"b", [a])
    os.unlink(store.real_path(a))
    assert not store.verify()
    assert store.is_valid_path(a)
    assert f"path '{a}' disappeared, but it still has valid referrers!" in log.messages


def test_missing_path_is_repaired(store: Store) -> None:
    """A path that others need is got again."""
    a = store.add_text("a", b"a")
    store.add_text("b", b"b", [a])
    os.unlink(store.real_path(a))
    store.set_repairer(lambda path: assert_path(path, a, store))
    assert store.verify(repair=True)
    assert os.path.exists(store.real_path(a))


def assert_path(path: str, expected: str, store: Store) -> None:
    assert path == expected
    store.add_text("a", b"a", repair=True)


def test_modified_contents_are_found(store: Store, log: RecordingLogger) -> None:
    """Only with a look at the contents; both hashes are told."""
    path = store.add_text("a", b"a")
    damage(store, path)
    assert store.verify()
    assert not store.verify(check_contents=True)
    assert any(
        message.startswith(f"path '{path}' was modified! expected hash") for message in log.messages
    )


def test_failed_repair_is_told(store: Store, log: RecordingLogger) -> None:
    """Without a source of good copies the store stays as it is."""
    damage(store, store.add_text("a", b"a"))

    def fail(path: str) -> None:
        raise StoreError(f"no copy of {path}")

    store.set_repairer(fail)
    assert not store.verify(check_contents=True, repair=True)
    assert any(message.startswith("no copy of") for message in log.messages)


def test_unreadable_object_is_damaged(store: Store) -> None:
    """A socket where a file should be is no crash."""
    path = store.add_text("a", b"a")
    os.unlink(store.real_path(path))
    os.mkfifo(store.real_path(path))
    assert not store.verify(check_contents=True)


def test_damaged_links_are_found_and_removed(store: Store, layout: Layout) -> None:
    """Files of the optimiser are checked against their names."""
    link = f"{layout.links_dir}/{'0' * 52}"
    with open(link, "wb") as file:
        file.write(b"x")
    assert not store.verify(check_contents=True)
    assert store.verify(check_contents=True, repair=True)
    assert not os.path.exists(link)


def test_missing_sizes_are_filled_in(store: Store) -> None:
    """Databases of very old versions lack sizes and hashes."""
    path = store.add_text("a", b"a")
    before = store.query_path_info(path)
    store.database.execute(f"update ValidPaths set narSize = null, hash = 'sha256:{'0' * 64}'")
    assert store.verify(check_contents=True)
    assert store.query_path_info(path) == before
