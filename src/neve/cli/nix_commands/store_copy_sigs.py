"""`nix store copy-sigs`: take over signatures that other stores have."""

from __future__ import annotations

from neve import terminal
from neve.cli import common
from neve.cli.options import Command
from neve.cli.store_paths import (
    INSTALLABLES,
    STORE_PATHS,
    SUBSTITUTERS,
    StorePathArguments,
    select_paths,
)
from neve.cli.stores import make_opener, open_store
from neve.errors import InvalidPathError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.store import AnyStore, PathInfo

COMMAND: Final = Command(
    "nix store copy-sigs",
    "copy store path signatures from substituters",
    (
        SUBSTITUTERS,
        STORE_PATHS,
        *INSTALLABLES,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[PATH | ATTRIBUTE]…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, StorePathArguments)
    if arguments is None:
        return 0
    if not arguments.other_stores:
        raise UsageError("you must specify at least one substituter using '-s'")
    added = 0
    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        others = [opener.open(uri) for uri in arguments.other_stores]
        for path in select_paths(opener, store, arguments):
            new = _find_signatures(store.query_path_info(path), others)
            if new:
                store.add_signatures(path, new)
            added += len(new)
    terminal.say(f"imported {added} signatures", level=3)
    return 0


def _find_signatures(info: PathInfo, others: Sequence[AnyStore]) -> set[str]:
    """Signatures in other stores of this very object."""
    found: set[str] = set()
    for other in others:
        try:
            theirs = other.query_path_info(info.path)
        except InvalidPathError:
            continue
        if (theirs.nar_sha256, theirs.nar_size, theirs.references) == (
            info.nar_sha256,
            info.nar_size,
            info.references,
        ):
            found |= theirs.signatures
    return found - info.signatures
