"""`nix store path-from-hash-part`: the path that begins with a hash."""

from __future__ import annotations

from neve.cli import common
from neve.cli.options import Arguments, Command
from neve.cli.stores import make_opener, open_store
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix store path-from-hash-part",
    "get a store path from its hash part",
    (common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="HASH-PART",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, Arguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 1:
        raise UsageError("one argument, the first 32 characters of a path's name, is expected")
    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        path = store.query_path_from_hash_part(arguments.operands[0])
    if path is None:
        raise StoreError(f"there is no store path corresponding to '{arguments.operands[0]}'")
    print(path)
    return 0
