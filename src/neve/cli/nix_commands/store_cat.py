"""`nix store cat`: a file in a store path on standard output."""

from __future__ import annotations

from neve.cli import common
from neve.cli.listing import find_inside, print_file
from neve.cli.options import Arguments, Command
from neve.cli.stores import make_opener, open_store
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix store cat",
    "print the contents of a file in the Nix store on stdout",
    (common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="PATH",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, Arguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 1:
        raise UsageError("one argument, a path in the store, is expected")
    from neve.cache.copying import opened_tree
    from neve.store.paths import split_store_path

    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        path, rest = split_store_path(arguments.operands[0].rstrip("/"), store.store_dir)
        with opened_tree(store, path) as tree:
            print_file(find_inside(tree, rest), rest or "/")
    return 0
