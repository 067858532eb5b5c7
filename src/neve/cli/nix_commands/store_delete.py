"""`nix store delete`: delete paths that nothing needs."""

from __future__ import annotations

from neve.cli import common
from neve.cli.options import Command, Group, flag
from neve.cli.store_paths import INSTALLABLES, STORE_PATHS, StorePathArguments, select_paths
from neve.cli.stores import make_opener, open_local_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class DeletionArguments(StorePathArguments):
    """What `nix store delete` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.ignores_liveness = False


COMMAND: Final = Command(
    "nix store delete",
    "delete paths from the Nix store",
    (
        STORE_PATHS,
        Group(
            "What counts",
            (flag("--ignore-liveness", "ignores_liveness", "Roots do not count."),),
        ),
        *INSTALLABLES,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[PATH | ATTRIBUTE]…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, DeletionArguments)
    if arguments is None:
        return 0
    from neve.cli.collection import delete

    with make_opener(arguments) as opener, open_local_store(opener, arguments) as store:
        paths = select_paths(opener, store, arguments)
        delete(store, paths, ignore_liveness=arguments.ignores_liveness)
    return 0
