"""`nix store add-path`: another name of `nix store add`."""

from __future__ import annotations

from neve.cli import common
from neve.cli.nix_commands.store_add import OPTIONS, AddArguments, add
from neve.cli.options import Command, Group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix store add-path",
    "add a path to the Nix store (deprecated: use nix store add)",
    (Group("How", OPTIONS), common.LOGGING, common.MISCELLANEOUS),
    operands="PATH",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, AddArguments)
    return 0 if arguments is None else add(arguments)
