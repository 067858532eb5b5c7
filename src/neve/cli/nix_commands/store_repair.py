"""`nix store repair`: get good copies of damaged paths."""

from __future__ import annotations

from neve.cli import common
from neve.cli.options import Command
from neve.cli.store_paths import INSTALLABLES, STORE_PATHS, StorePathArguments, select_paths
from neve.cli.stores import make_opener, open_local_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix store repair",
    "repair store paths",
    (STORE_PATHS, *INSTALLABLES, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="[PATH | ATTRIBUTE]…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, StorePathArguments)
    if arguments is None:
        return 0
    from neve.cli.repairing import make_repairer

    with make_opener(arguments) as opener, open_local_store(opener, arguments) as store:
        repair = make_repairer(opener, store, arguments)
        for path in select_paths(opener, store, arguments):
            repair(path)
    return 0
