"""`nix store diff-closures`: which packages and versions one closure has and another has not."""

from __future__ import annotations

import re
import sys

from neve import terminal
from neve.cli import common
from neve.cli.options import Command
from neve.cli.store_paths import INSTALLABLES, OF_ARGUMENTS, StorePathArguments, single_path
from neve.cli.stores import make_opener, open_store
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from neve.store import AnyStore

_OUTPUT: Final = re.compile(r"(.*)-([a-z]+|lib32|lib64)\Z")
_NOTICEABLE: Final = 8 << 10
"""Bytes by which a package must grow or shrink to be shown for that alone."""

_Groups = dict[str, dict[str, int]]

COMMAND: Final = Command(
    "nix store diff-closures",
    "show what packages and versions were added and removed between two closures",
    (OF_ARGUMENTS, *INSTALLABLES, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="BEFORE AFTER",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, StorePathArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 2:
        raise UsageError("two arguments, the closures before and after, are expected")
    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        before, after = (
            single_path(opener, store, arguments, operand, realises=True)
            for operand in arguments.operands
        )
        for line in compare_closures(store, before, after):
            print(line if terminal.has_colour(sys.stdout) else terminal.strip_colours(line))
    return 0


def compare_closures(store: AnyStore, before: str, after: str) -> Iterator[str]:
    """A line for each package that differs: versions that went and came, and how much it grew."""
    from neve.store.sizes import render_size

    old, new = _group(store, before), _group(store, after)
    for name in sorted(old.keys() | new.keys()):
        had, has = old.get(name, {}), new.get(name, {})
        items = []
        removed, added = had.keys() - has.keys(), has.keys() - had.keys()
        if removed or added:
            items.append(f"{_show_versions(removed)} → {_show_versions(added)}")
        growth = sum(has.values()) - sum(had.values())
        if abs(growth) >= _NOTICEABLE:
            colour = terminal.RED if growth > 0 else terminal.GREEN
            items.append(f"{colour}{render_size(growth)}{terminal.NORMAL}")
        if items:
            yield f"{name}: {', '.join(items)}"


def _group(store: AnyStore, start: str) -> _Groups:
    """Package name → version → bytes, all outputs together."""
    from neve.cache.copying import compute_closure
    from neve.store.paths import name_part

    groups: _Groups = {}
    for path, info in compute_closure(store, [start]).items():
        match = _OUTPUT.match(name_part(path))
        name, version = _split_version(match[1] if match else name_part(path))
        versions = groups.setdefault(name, {})
        versions[version] = versions.get(version, 0) + info.nar_size
    return groups


def _split_version(name: str) -> tuple[str, str]:
    """The version begins behind the first dash that no letter follows."""
    for position, character in enumerate(name[:-1]):
        if character == "-" and not name[position + 1].isalpha():
            return name[:position], name[position + 1 :]
    return name, ""


def _show_versions(versions: set[str]) -> str:
    return ", ".join(sorted(version or "ε" for version in versions)) or "∅"
