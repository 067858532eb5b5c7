"""Closures by their paths, as expressions ask for them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from neve import _core
from neve.cache.closures import fetch_closure
from neve.errors import CacheError
from neve.store import PathInfo, StoreSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from neve.cache.opening import StoreOpener
    from neve.store import Store

PATH = f"/nix/store/{'a' * 32}-built"


@pytest.fixture
def target(make_opener: Callable[..., StoreOpener], tmp_path: Path) -> Store:
    """An empty store that takes what has no signature."""
    settings = StoreSettings(gc_reserved_space=0, require_sigs=False)
    return make_opener(store=settings).open_local(str(tmp_path / "target"))


def add_built(store: Store) -> str:
    """A path as a build makes them, whose name says nothing of its contents."""
    real = store.real_path(PATH)
    Path(real).write_text("x")
    _core.canonicalise_path(real)
    summary = _core.summarise_path(real)
    store.register_valid_paths([PathInfo(PATH, summary.sha256, summary.size)])
    return PATH


def test_kinds_are_told_apart(store: Store, target: Store) -> None:
    """What is said to be addressed by content must be, and the other way round."""
    built, added = add_built(store), store.add_text("added", b"y")
    assert fetch_closure(store, target, {"fromPath": added}) == added
    assert fetch_closure(store, target, {"fromPath": built, "inputAddressed": True}) == built
    with pytest.raises(
        CacheError, match="is input-addressed, but 'inputAddressed' is set to 'false'"
    ):
        fetch_closure(store, target, {"fromPath": built})
    with pytest.raises(CacheError, match="is not input-addressed, but"):
        fetch_closure(store, target, {"fromPath": added, "inputAddressed": True})


def test_rewriting_says_what_it_yields(store: Store, target: Store) -> None:
    """The first attempt says the path, with which the second succeeds; another is refused."""
    built = add_built(store)
    with pytest.raises(CacheError, match="yielded '") as caught:
        fetch_closure(store, target, {"fromPath": built, "toPath": ""})
    found = str(caught.value).partition("yielded '")[2].partition("'")[0]
    assert fetch_closure(store, target, {"fromPath": built, "toPath": found}) == found
    assert target.is_valid_path(found)
    assert not target.is_valid_path(built)
    other = f"/nix/store/{'b' * 32}-built"
    with pytest.raises(CacheError, match=f"while '{other}' was expected"):
        fetch_closure(store, target, {"fromPath": built, "toPath": other})
