"""Copying between stores."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from neve.cache import copying
from neve.cache.copying import compute_closure, copy_closure, copy_paths, opened_pipe, opened_tree
from neve.errors import InvalidPathError, StoreError, UntrustedPathError
from neve.log import SILENT, ActivityType
from neve.store import Layout, Store, StoreSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.cache.conftest import RecordingLogger

    from neve.cache.opening import StoreOpener


@pytest.fixture
def chain(store: Store) -> list[str]:
    """Thirty objects, each referring to the one before."""
    paths: list[str] = []
    for number in range(30):
        paths.append(store.add_text(f"n{number}", b"x" * number, paths[-1:]))
    return paths


def test_closure_goes_through_a_cache(
    opener: StoreOpener, store: Store, chain: list[str], tmp_path: Path, log: RecordingLogger
) -> None:
    """From a store to a cache to another store, references before users, metadata and all."""
    cache = opener.open_cache(f"file://{tmp_path}/cache?compression=zstd")
    copy_closure(store, cache, [chain[-1]], log=log)
    target = opener.open_local(str(tmp_path / "target"))
    copy_closure(cache, target, [chain[-1]], log=log)
    assert target.query_all_valid_paths() == set(chain)
    assert target.verify(check_contents=True)
    for path in chain:
        info = replace(store.query_path_info(path), registration_time=0)
        assert replace(target.query_path_info(path), registration_time=0) == info
    kinds = [kind for kind, _ in log.activities]
    assert kinds.count(ActivityType.COPY_PATHS) == 2
    assert kinds.count(ActivityType.COPY_PATH) == 60
    assert (ActivityType.COPY_PATHS, "copying 30 paths") in log.activities


def test_what_is_there_is_not_copied(
    opener: StoreOpener, store: Store, chain: list[str], tmp_path: Path, log: RecordingLogger
) -> None:
    """A second copy moves the difference."""
    cache = opener.open_cache(f"file://{tmp_path}/cache")
    copy_closure(store, cache, [chain[9]], log=SILENT)
    log.activities.clear()
    copy_closure(store, cache, [chain[-1]], log=log)
    assert [kind for kind, _ in log.activities].count(ActivityType.COPY_PATH) == 20


def test_unsigned_objects_are_refused(opener: StoreOpener, store: Store, tmp_path: Path) -> None:
    """A store takes what a trusted key signed, or what needs no signature, unless told otherwise."""
    path = store.add_text("a", b"a")
    store.database.execute("update ValidPaths set ca = null")
    target = opener.open_local(str(tmp_path / "target"))
    with pytest.raises(UntrustedPathError):
        copy_closure(store, target, [path], log=SILENT)
    copy_closure(store, target, [path], log=SILENT, check_signatures=False)
    assert target.is_valid_path(path)


def test_unknown_path_is_an_error(opener: StoreOpener, store: Store, tmp_path: Path) -> None:
    """Stores and caches say which."""
    missing = f"/nix/store/{'0' * 32}-x"
    cache = opener.open_cache(f"file://{tmp_path}/cache")
    for source, target in ((store, cache), (cache, store)):
        with pytest.raises(InvalidPathError, match=missing):
            copy_closure(source, target, [missing], log=SILENT)


def test_objects_change_their_names_between_store_directories(store: Store, tmp_path: Path) -> None:
    """Only what is named by its content alone can; its name is the one that it would get there."""
    source = tmp_path / "file"
    source.write_text("x")
    text, file = store.add_text("text", b"t"), store.add_path(str(source)).path
    user = store.add_text("user", b"u", [text])
    other = Store(
        Layout("/other", str(tmp_path / "o"), str(tmp_path / "s"), str(tmp_path / "l")),
        StoreSettings(gc_reserved_space=0),
    )
    with other:
        names = copy_paths(store, other, [text, file], log=SILENT)
        assert names[text] == other.add_text("text", b"t")
        assert names[file] == other.add_path(str(source)).path
        with pytest.raises(StoreError, match="only content-addressed objects without references"):
            copy_paths(store, other, [user], log=SILENT)


def test_failure_leaves_what_came_before(
    opener: StoreOpener, store: Store, chain: list[str], tmp_path: Path
) -> None:
    """A damaged object stops the copy; what was copied is whole."""
    cache = opener.open_cache(f"file://{tmp_path}/cache?compression=none")
    copy_closure(store, cache, [chain[-1]], log=SILENT)
    archive = tmp_path / "cache" / cache.query_path_info(chain[20]).url
    archive.write_bytes(archive.read_bytes()[:-30])
    target = opener.open_local(str(tmp_path / "target"))
    with pytest.raises(StoreError):
        copy_closure(cache, target, [chain[-1]], log=SILENT)
    assert target.query_all_valid_paths() == set(chain[:20])
    assert target.verify(check_contents=True)


def test_tree_of_a_cache_can_be_looked_at(
    opener: StoreOpener, store: Store, tmp_path: Path
) -> None:
    """An object of a cache is unpacked for as long as it is needed."""
    path = store.add_text("a", b"content")
    cache = opener.open_cache(f"file://{tmp_path}/cache")
    copy_closure(store, cache, [path], log=SILENT)
    for source in (store, cache):
        with opened_tree(source, path) as tree, open(tree, "rb") as file:
            assert file.read() == b"content"
    with pytest.raises(InvalidPathError), opened_tree(store, f"/nix/store/{'0' * 32}-x"):
        pass


def test_closures_of_caches_are_walked(
    opener: StoreOpener, store: Store, chain: list[str], tmp_path: Path
) -> None:
    """A cache has no graph; its metadata are followed."""
    cache = opener.open_cache(f"file://{tmp_path}/cache")
    copy_closure(store, cache, [chain[-1]], log=SILENT)
    again = opener.open_cache(f"file://{tmp_path}/cache")
    assert compute_closure(again, [chain[5]]).keys() == set(chain[:6])
    assert copying.query_valid_paths(again, [chain[0], f"/nix/store/{'0' * 32}-x"]) == {chain[0]}


def test_pipe_passes_failures_and_abandonment_on() -> None:
    """The reader gets the writer's exception; a writer that nobody reads ends."""

    def fail(write: Callable[[bytes], object]) -> None:
        write(b"x")
        raise KeyError("reason")

    def read_to_the_end() -> None:
        with opened_pipe(fail) as read:
            assert read(9) == b"x"
            read(9)

    with pytest.raises(KeyError, match="reason"):
        read_to_the_end()

    def write_for_ever(write: Callable[[bytes], object]) -> None:
        while True:
            write(b"x" * 1000)

    with opened_pipe(write_for_ever) as read:
        assert read(10) == b"x" * 10
