"""Sorting paths by their references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from neve.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_VISITING: Final = 1
_DONE: Final = 2


def sort_topologically(
    paths: Iterable[str], references: Callable[[str], Iterable[str]]
) -> list[str]:
    """The paths with each before those it refers to; ties are broken as C++ Nix breaks them.

    References outside `paths` and to itself do not count. Raises `StoreError` for a cycle.
    """
    items = set(paths)
    finished: list[str] = []
    state: dict[str, int] = {}
    for start in sorted(items):
        if start in state:
            continue
        # A stack of our own: chains of references are longer than Python's.
        state[start] = _VISITING
        stack = [(start, iter(sorted(references(start))))]
        while stack:
            path, children = stack[-1]
            for child in children:
                if child == path or child not in items:
                    continue
                seen = state.get(child)
                if seen == _VISITING:
                    raise StoreError(f"cycle detected in the references of '{child}' from '{path}'")
                if seen is None:
                    state[child] = _VISITING
                    stack.append((child, iter(sorted(references(child)))))
                    break
            else:
                state[path] = _DONE
                finished.append(path)
                stack.pop()
    finished.reverse()
    return finished
