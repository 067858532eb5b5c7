"""`nix help`: the manual of a subcommand."""

from __future__ import annotations

from neve.cli import common
from neve.cli.options import Arguments, Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix help",
    "show what a subcommand does and takes",
    (common.LOGGING, common.MISCELLANEOUS),
    operands="[COMMAND]",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, Arguments)
    if arguments is None:
        return 0
    from neve.cli import nix
    from neve.cli.help import help_text

    if arguments.operands:
        first, *rest = arguments.operands
        module, _ = nix.find_command(first, rest)
        print(help_text(module.COMMAND), end="")
    else:
        print(help_text(nix.COMMAND), end="\n")
        print(nix.command_list(), end="")
    return 0
