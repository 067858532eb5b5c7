"""Garbage collection."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from neve.errors import PathAliveError
from neve.store import CollectionAction, CollectionRequest, PathInfo
from neve.store.gc import collect_garbage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.store.conftest import RecordingLogger

    from neve.store import Layout, Store

DEAD = CollectionRequest(CollectionAction.RETURN_DEAD)
LIVE = CollectionRequest(CollectionAction.RETURN_LIVE)


@pytest.fixture
def make(open_store: Callable[..., Store]) -> Callable[..., str]:
    """Adds a text object by a store that is closed again, so that no temporary root keeps it."""

    def add(name: str, *references: str) -> str:
        store = open_store()
        path = store.add_text(name, name.encode(), references)
        store.close()
        return path

    return add


def test_only_what_no_root_reaches_goes(
    make: Callable[..., str], open_store: Callable[..., Store], tmp_path: Path
) -> None:
    """A root keeps its path and what that refers to; the rest leaves disk and database."""
    needed = make("needed")
    kept = make("kept", needed)
    dead = make("dead", needed)
    store = open_store()
    store.add_permanent_root(kept, str(tmp_path / "result"))
    store.close()
    store = open_store()
    assert store.collect_garbage(DEAD).paths == {dead}
    assert store.collect_garbage(LIVE).paths == {kept, needed}
    report = store.collect_garbage()
    assert report.paths == {dead}
    assert report.bytes_freed == len("dead")
    assert store.query_all_valid_paths() == {kept, needed}
    assert not os.path.lexists(store.real_path(dead))


def test_temporary_roots_are_kept(
    make: Callable[..., str], open_store: Callable[..., Store]
) -> None:
    """What a living process works on stays, valid or not."""
    path = make("a")
    store = open_store()
    store.add_temp_root(path)
    unfinished = f"/nix/store/{'a' * 32}-unfinished"
    store.add_temp_root(unfinished)
    for suffix in ("", ".lock"):
        with open(f"{store.real_path(unfinished)}{suffix}", "w", encoding="ascii"):
            pass
    assert store.collect_garbage().paths == set()
    assert os.path.exists(f"{store.real_path(unfinished)}.lock")


def test_leftovers_are_removed(open_store: Callable[..., Store], layout: Layout) -> None:
    """Invalid paths, lock files and foreign files go; temporary folders only when nobody holds them."""
    store = open_store()
    names = [f"{'a' * 32}-half", f"{'a' * 32}-half.lock", "foreign", "tmp-abandoned"]
    for name in names:
        os.mkdir(f"{layout.real_store_dir}/{name}")
    with store.temporary_directory() as held:
        report = store.collect_garbage()
        assert os.path.exists(held)
    assert report.paths == {f"/nix/store/{name}" for name in names}


def test_deriver_and_outputs_are_kept_by_their_settings(
    open_store: Callable[..., Store], tmp_path: Path
) -> None:
    """`keep-derivations` keeps the deriver of a live path, `keep-outputs` the outputs of a live derivation."""
    store = open_store()
    output, derivation = (
        f"/nix/store/{letter * 32}-x{suffix}" for letter, suffix in (("a", ""), ("b", ".drv"))
    )
    for path in (output, derivation):
        os.mkdir(store.real_path(path))
    store.records.register(
        [PathInfo(derivation, bytes(32), 1), PathInfo(output, bytes(32), 1, deriver=derivation)],
        {derivation: {"out": output}},
    )
    os.symlink(output, tmp_path / "root/nix/var/nix/gcroots/output")
    assert open_store(keep_derivations=True).collect_garbage(DEAD).paths == set()
    assert open_store(keep_derivations=False).collect_garbage(DEAD).paths == {derivation}
    os.unlink(tmp_path / "root/nix/var/nix/gcroots/output")
    os.symlink(derivation, tmp_path / "root/nix/var/nix/gcroots/derivation")
    assert open_store(keep_outputs=True).collect_garbage(DEAD).paths == set()
    assert open_store(keep_outputs=False).collect_garbage(DEAD).paths == {output}


def test_collection_stops_at_the_limit(
    make: Callable[..., str], open_store: Callable[..., Store]
) -> None:
    """With a limit nothing is deleted beyond the path that reaches it."""
    paths = {make(f"path{number}") for number in range(5)}
    store = open_store()
    report = store.collect_garbage(CollectionRequest(max_freed=7))
    assert len(report.paths) == 2
    assert store.query_all_valid_paths() == paths - report.paths
    assert store.collect_garbage(CollectionRequest(max_freed=0)).paths == set()


def test_one_path_is_deleted_unless_needed(
    make: Callable[..., str], open_store: Callable[..., Store]
) -> None:
    """Users keep a path, which is named among others that would go; together with them it goes."""
    needed = make("needed")
    user = make("user", needed)
    others = [make(f"other{number}") for number in range(3)]
    store = open_store()
    with pytest.raises(PathAliveError, match=f"'{needed}' since it is still alive"):
        store.delete_paths([*others, needed])
    assert store.query_all_valid_paths() == {needed, user, *others}
    assert store.delete_paths(others).paths == set(others)
    assert store.delete_paths([needed, user]).paths == {needed, user}


def test_roots_do_not_count_where_liveness_is_ignored(
    make: Callable[..., str], open_store: Callable[..., Store], tmp_path: Path
) -> None:
    """A rooted path can be deleted by force, but not from under its users."""
    path = make("a")
    store = open_store()
    store.add_permanent_root(path, str(tmp_path / "result"))
    store.close()
    store = open_store()
    with pytest.raises(PathAliveError):
        store.delete_paths([path])
    assert store.delete_paths([path], ignore_liveness=True).paths == {path}


def test_path_that_gains_a_user_meanwhile_stays(
    make: Callable[..., str], open_store: Callable[..., Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is registered while the collection runs keeps what it refers to."""
    needed, other = make("needed"), make("other")
    store = open_store()
    user = f"/nix/store/{'a' * 32}-user"
    original = store.database.transaction

    def register_user_first() -> object:
        monkeypatch.setattr(store.database, "transaction", original)
        store.records.register([PathInfo(user, bytes(32), 1, frozenset({needed}))], {})
        return original()

    monkeypatch.setattr(store.database, "transaction", register_user_first)
    assert collect_garbage(store, CollectionRequest()).paths == {other}
    assert store.query_all_valid_paths() == {needed, user}


def test_unused_links_are_removed(
    make: Callable[..., str], open_store: Callable[..., Store], layout: Layout, log: RecordingLogger
) -> None:
    """A link of the optimiser goes with the last file that shares it."""
    make("a")
    open_store().optimise()
    assert len(os.listdir(layout.links_dir)) == 1
    for store in (open_store(), open_store()):
        store.close()
    log.messages.clear()
    store = open_store()
    store.database.execute("delete from ValidPaths")
    for name in os.listdir(layout.temp_roots_dir):
        os.unlink(f"{layout.temp_roots_dir}/{name}")
    store.collect_garbage()
    assert os.listdir(layout.links_dir) == []
    assert log.messages[-1].startswith("note: hard linking is currently saving")
