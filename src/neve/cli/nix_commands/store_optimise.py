"""`nix store optimise`: link equal files together."""

from __future__ import annotations

from neve.cli import common
from neve.cli.options import Arguments, Command
from neve.cli.stores import make_opener, open_local_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix store optimise",
    "replace identical files in the store by hard links",
    (common.LOGGING, common.MISCELLANEOUS),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, Arguments)
    if arguments is None:
        return 0
    with make_opener(arguments) as opener, open_local_store(opener, arguments) as store:
        store.optimise()
    return 0
