"""`nix nar cat`: a file in an archive on standard output."""

from __future__ import annotations

from neve.cli import common
from neve.cli.listing import find_inside, opened_archive, print_file
from neve.cli.options import Arguments, Command
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix nar cat",
    "print the contents of a file inside a NAR file on stdout",
    (common.LOGGING, common.MISCELLANEOUS),
    operands="ARCHIVE PATH",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, Arguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 2:
        raise UsageError("two arguments, an archive and a path in it, are expected")
    archive, path = arguments.operands
    with opened_archive(archive) as tree:
        print_file(find_inside(tree, path), path)
    return 0
