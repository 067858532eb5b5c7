"""`nix nar pack`: the archive of a file or a folder on standard output."""

from __future__ import annotations

import sys

from neve.cli import common
from neve.cli.options import Arguments, Command
from neve.cli.stores import binary_output
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix nar pack",
    "serialise a path to stdout in NAR format",
    (common.LOGGING, common.MISCELLANEOUS),
    operands="PATH",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, Arguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 1:
        raise UsageError("one argument, the path to pack, is expected")
    pack(arguments.operands[0])
    return 0


def pack(path: str) -> None:
    """Writes the archive of any file or folder."""
    from neve import _core

    out = binary_output()
    try:
        _core.dump_path(path, out)
    except ValueError as error:
        raise StoreError(f"cannot archive '{path}': {error}") from error
    sys.stdout.buffer.flush()
