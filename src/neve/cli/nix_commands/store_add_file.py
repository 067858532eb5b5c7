"""`nix store add-file`: copy a file into the store by the hash of its bytes."""

from __future__ import annotations

from neve.cli import common
from neve.cli.nix_commands.store_add import OPTIONS, AddArguments, add
from neve.cli.options import Command, Group

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class AddFileArguments(AddArguments):
    """As those of `nix store add`, but for the mode."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.mode = "flat"


COMMAND: Final = Command(
    "nix store add-file",
    "add a file to the Nix store (deprecated: use nix store add --mode flat)",
    (Group("How", OPTIONS), common.LOGGING, common.MISCELLANEOUS),
    operands="PATH",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, AddFileArguments)
    return 0 if arguments is None else add(arguments)
