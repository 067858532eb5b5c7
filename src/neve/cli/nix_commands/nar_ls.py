"""`nix nar ls`: what lies in an archive."""

from __future__ import annotations

from neve.cli import common
from neve.cli.listing import LISTING, ListingArguments, find_inside, list_tree, opened_archive
from neve.cli.options import Command
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix nar ls",
    "show information about a path inside a NAR file",
    (LISTING, common.LOGGING, common.MISCELLANEOUS),
    operands="ARCHIVE PATH",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ListingArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 2:
        raise UsageError("two arguments, an archive and a path in it, are expected")
    archive, path = arguments.operands
    with opened_archive(archive) as tree:
        list_tree(find_inside(tree, path), path.rpartition("/")[2], arguments)
    return 0
