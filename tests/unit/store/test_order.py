"""Sorting by references."""

import itertools

import pytest

from neve.errors import StoreError
from neve.store.order import sort_topologically


def test_users_come_before_what_they_use() -> None:
    """Every path stands before all that it refers to."""
    references = {"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": set()}
    order = sort_topologically(references, lambda path: references[path])
    assert sorted(order) == ["a", "b", "c", "d"]
    assert order.index("a") < order.index("b") < order.index("c")


def test_ties_are_broken_by_name() -> None:
    """Independent paths come in reverse order of their names, as C++ Nix gives them."""
    assert sort_topologically(["b", "a", "c"], lambda _: ()) == ["c", "b", "a"]


def test_own_and_foreign_references_do_not_count() -> None:
    """A path may refer to itself and to paths outside."""
    assert sort_topologically(["a"], lambda _: ("a", "z")) == ["a"]


def test_cycles_are_an_error() -> None:
    """Two paths cannot need each other."""
    references = {"a": {"b"}, "b": {"a"}}
    with pytest.raises(StoreError, match="cycle detected"):
        sort_topologically(references, lambda path: references[path])


def test_long_chains_do_not_exhaust_the_stack() -> None:
    """Chains are longer than Python's stack is deep."""
    chain = [f"{number:05}" for number in range(20_000)]
    following = dict(itertools.pairwise(chain))
    order = sort_topologically(chain, lambda path: [following[path]] if path in following else [])
    assert order == chain
