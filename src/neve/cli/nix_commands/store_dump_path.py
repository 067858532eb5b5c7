"""`nix store dump-path`: the archive of a path on standard output."""

from __future__ import annotations

import sys

from neve.cli import common
from neve.cli.options import Command
from neve.cli.store_paths import INSTALLABLES, STORE_PATHS, StorePathArguments, select_paths
from neve.cli.stores import binary_output, make_opener, open_store
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix store dump-path",
    "serialise a store path to stdout in NAR format",
    (STORE_PATHS, *INSTALLABLES, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="PATH | ATTRIBUTE",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, StorePathArguments)
    if arguments is None:
        return 0
    out = binary_output()
    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        paths = select_paths(opener, store, arguments)
        if len(paths) != 1:
            raise UsageError("this command requires exactly one store path")
        store.dump_nar(paths[0], out)
    sys.stdout.buffer.flush()
    return 0
