"""`nix why-depends`: how a path comes to need another."""

from __future__ import annotations

import os
import sys

from neve import terminal
from neve.cli import common
from neve.cli.options import Command, Group, flag
from neve.cli.store_paths import INSTALLABLES, OF_ARGUMENTS, StorePathArguments, single_path
from neve.cli.stores import make_opener, open_store
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Final

    from neve.settings import Settings
    from neve.store import AnyStore, PathInfo

_BLUE: Final = "\x1b[34;1m"
_FAINT_GREY: Final = "\x1b[38;5;244m"
_MARGIN: Final = 32
_HASH_LENGTH: Final = 32


class WhyArguments(StorePathArguments):
    """What `nix why-depends` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.shows_all = False
        self.is_precise = False


COMMAND: Final = Command(
    "nix why-depends",
    "show why a package has another package in its closure",
    (
        Group(
            "Output",
            (
                flag("-a --all", "shows_all", "Show every way, not just a shortest one."),
                flag("--precise", "is_precise", "Show the files that hold the names."),
            ),
        ),
        OF_ARGUMENTS,
        *INSTALLABLES,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="PATH|ATTRIBUTE NEEDED-PATH|ATTRIBUTE",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, WhyArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 2:
        raise UsageError("two arguments, a path and what it needs, are expected")
    from neve.cache.copying import compute_closure

    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        what, other = arguments.operands
        start = single_path(opener, store, arguments, what, realises=True)
        needed = single_path(opener, store, arguments, other)
        closure = compute_closure(store, [start])
        if needed not in closure:
            terminal.say(f"'{what}' does not depend on '{other}'", level=0)
            return 0
        report = _Report(store, closure, needed, arguments)
        if not arguments.is_precise:
            print(start)
        report.write(start)
    return 0


class _Report:
    """Writes the tree of ways from a path to the one that is needed."""

    def __init__(
        self,
        store: AnyStore,
        closure: Mapping[str, PathInfo],
        needed: str,
        arguments: WhyArguments,
    ) -> None:
        self._store: Final = store
        self._closure: Final = closure
        self._needed: Final = needed
        self._shows_all: Final = arguments.shows_all
        self._is_precise: Final = arguments.is_precise
        self._distances: Final = _distances(closure, needed)
        self._visited: Final[set[str]] = set()
        self._has_colour: Final = terminal.has_colour(sys.stdout)

    def write(self, start: str) -> None:
        """Writes the whole tree, or the first way."""
        # Each entry: path, how its own line begins, how lines below it begin.
        stack = [(start, "", "")]
        while stack:
            path, first, rest = stack.pop()
            if self._is_precise:
                arrow = "→ " if first else ""
                self._print(f"{first}{self._faint(path)}{arrow}{path}{self._normal()}")
            if path == self._needed and not self._shows_all and start != self._needed:
                return
            if path in self._visited:
                continue
            if self._is_precise:
                self._visited.add(path)
            stack += reversed(list(self._children(path, start, first, rest)))

    def _children(
        self, path: str, start: str, first: str, rest: str
    ) -> Iterator[tuple[str, str, str]]:
        others = [
            other
            for other in self._closure[path].references
            if other in self._distances and (other != path or start == self._needed)
        ]
        others.sort(key=lambda other: (self._distances[other], other))
        hits = self._find_hits(path, others) if self._is_precise else {}
        for position, other in enumerate(others, 1):
            is_last = position == len(others) if self._shows_all else True
            for number, hit in enumerate(hits.get(other, ())):
                mark = (
                    ("└───" if is_last else "├───")
                    if number == 0
                    else ("    " if is_last else "│   ")
                )
                self._print(f"{rest}{mark}{hit}")
                if not self._shows_all:
                    break
            if not self._is_precise:
                mark = "└───" if is_last else "├───"
                self._print(f"{first}{self._faint(other)}{mark}{other}{self._normal()}")
                self._visited.add(path)
            below = rest + ("    " if is_last else "│   ")
            yield other, below, below
            if not self._shows_all:
                return

    def _find_hits(self, path: str, others: list[str]) -> dict[str, list[str]]:
        """For each of the other paths, where its hash occurs in the files of a path."""
        from neve.cache.copying import opened_tree

        hits: dict[str, list[str]] = {}
        with opened_tree(self._store, path) as tree:
            for file, shown in _files(tree):
                content, form = _content(file)
                for other in others:
                    hash_part = other.rpartition("/")[2][:_HASH_LENGTH]
                    position = content.find(hash_part.encode())
                    if position >= 0:
                        excerpt = self._excerpt(content, position, other, whole=form == "{} -> {}")
                        hits.setdefault(other, []).append(form.format(shown, excerpt))
        return hits

    def _excerpt(self, content: bytes, position: int, other: str, *, whole: bool) -> str:
        start = 0 if whole else max(0, position - _MARGIN)
        end = len(content) if whole else position + _HASH_LENGTH + _MARGIN
        before, found, after = (
            "".join(
                character if character.isprintable() and character.isascii() else "."
                for character in text
            )
            for text in (
                content[start:position].decode("latin-1"),
                content[position : position + _HASH_LENGTH].decode("latin-1"),
                content[position + _HASH_LENGTH : end].decode("latin-1"),
            )
        )
        colour = terminal.GREEN if other == self._needed else _BLUE
        return f"{before}{colour}{found}{terminal.NORMAL}{after}"

    def _faint(self, path: str) -> str:
        return _FAINT_GREY if path in self._visited else ""

    def _normal(self) -> str:
        return terminal.NORMAL

    def _print(self, line: str) -> None:
        print(line if self._has_colour else terminal.strip_colours(line))


def _distances(closure: Mapping[str, PathInfo], needed: str) -> dict[str, int]:
    """How many references lead from each path to the needed one, for those from which any do."""
    users: dict[str, list[str]] = {}
    for path, info in closure.items():
        for reference in info.references:
            users.setdefault(reference, []).append(path)
    distances = {needed: 0}
    todo = [needed]
    for path in todo:
        for user in users.get(path, ()):
            if user not in distances:
                distances[user] = distances[path] + 1
                todo.append(user)
    return distances


def _files(tree: str) -> Iterator[tuple[str, str]]:
    """Every file and link of a tree with what it is called there."""
    if os.path.islink(tree) or not os.path.isdir(tree):
        yield tree, "/"
        return
    for folder, folders, files in os.walk(tree):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(folder, name))]
        for name in sorted([*files, *links]):
            path = os.path.join(folder, name)
            yield path, os.path.relpath(path, tree)


def _content(file: str) -> tuple[bytes, str]:
    """The bytes of a file or the target of a link, and how a find in it is shown."""
    if os.path.islink(file):
        return os.readlink(os.fsencode(file)), "{} -> {}"
    with open(file, "rb") as opened:
        return opened.read(), "{}: …{}…"
