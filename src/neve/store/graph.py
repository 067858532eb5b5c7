"""The reference graph of a whole store, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neve.store.database import Database

_Edges = dict[int, list[int]]


class ReferenceGraph:
    """Who refers to whom, who made what; a snapshot of the database."""

    def __init__(
        self, ids: dict[str, int], references: _Edges, outputs: _Edges, derivers: _Edges
    ) -> None:
        """Tables of numbers.

        `references` leads from a path to what it needs, `outputs` from a derivation to its valid outputs, `derivers`
        from a path to the valid derivation that made it.
        """
        self.paths: Final = frozenset(ids)
        """All valid paths."""
        self._ids: Final = ids
        self._names: Final = {number: path for path, number in ids.items()}
        self._references: Final = references
        self._outputs: Final = outputs
        self._derivers: Final = derivers
        self._referrers: Final = _reverse(references)

    def closure(
        self, start: Iterable[str], *, keep_outputs: bool, keep_derivations: bool
    ) -> set[str]:
        """What is kept by keeping `start`: references, and with the two rules outputs and derivers."""
        edges = (
            [self._references]
            + [self._outputs] * keep_outputs
            + [self._derivers] * keep_derivations
        )
        return self._walk(start, edges)

    def closure_of_keepers(
        self, start: Iterable[str], *, keep_outputs: bool, keep_derivations: bool
    ) -> set[str]:
        """What keeps any of `start`: the inverse of `closure`."""
        edges = [self._referrers]
        if keep_outputs:
            edges.append(_reverse(self._outputs))
        if keep_derivations:
            edges.append(_reverse(self._derivers))
        return self._walk(start, edges)

    def _walk(self, start: Iterable[str], edges: list[_Edges]) -> set[str]:
        seen = {self._ids[path] for path in start if path in self._ids}
        todo = list(seen)
        while todo:
            number = todo.pop()
            for table in edges:
                for target in table.get(number, ()):
                    if target not in seen:
                        seen.add(target)
                        todo.append(target)
        return {self._names[number] for number in seen}

    def sort_referrers_first(self, paths: Iterable[str]) -> list[str]:
        """The paths with each before those that it refers to."""
        members = {self._ids[path] for path in paths}
        waiting = {
            number: sum(
                1 for user in self._referrers.get(number, ()) if user in members and user != number
            )
            for number in members
        }
        ready = sorted(number for number, users in waiting.items() if users == 0)
        order = []
        while ready:
            number = ready.pop()
            order.append(self._names[number])
            for target in self._references.get(number, ()):
                if target != number and target in members:
                    waiting[target] -= 1
                    if waiting[target] == 0:
                        ready.append(target)
        return order


def load_graph(database: Database) -> ReferenceGraph:
    """Reads the graph of all valid paths."""
    with database.snapshot():
        ids: dict[str, int] = dict(database.query("select path, id from ValidPaths"))
        references = _edges(database.query("select referrer, reference from Refs"))
        outputs = _edges(
            database.query(
                "select d.drv, v.id from DerivationOutputs d join ValidPaths v on v.path = d.path"
            )
        )
        derivers = _edges(
            database.query(
                "select v.id, d.id from ValidPaths v join ValidPaths d on d.path = v.deriver"
            )
        )
    return ReferenceGraph(ids, references, outputs, derivers)


def _edges(rows: Iterable[tuple[int, int]]) -> _Edges:
    edges: _Edges = {}
    for source, target in rows:
        edges.setdefault(source, []).append(target)
    return edges


def _reverse(edges: _Edges) -> _Edges:
    reversed_edges: _Edges = {}
    for source, targets in edges.items():
        for target in targets:
            reversed_edges.setdefault(target, []).append(source)
    return reversed_edges
