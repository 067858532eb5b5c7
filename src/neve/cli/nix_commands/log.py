"""`nix log`: the build log of a path."""

from __future__ import annotations

import sys

from neve.cli import common
from neve.cli.build_logs import find_log
from neve.cli.installables import LOCK_FILES, SELECTION, InstallableArguments, has_source
from neve.cli.options import Command
from neve.cli.stores import find_path, make_opener, open_store
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix log",
    "show the build log of the specified packages or paths, if available",
    (
        SELECTION,
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="PATH",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, InstallableArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 1:
        raise UsageError("one argument, what was built, is expected")
    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        path = (
            _find(arguments) if has_source(arguments) else find_path(store, arguments.operands[0])
        )
        log = find_log(opener, store, path)
    if log is None:
        raise StoreError(f"build log of '{arguments.operands[0]}' is not available")
    sys.stdout.buffer.write(log)
    sys.stdout.buffer.flush()
    return 0


def _find(arguments: InstallableArguments) -> str:
    """The derivation that an attribute stands for."""
    from neve.cli.installables import open_installables, selected_values

    arguments.is_read_only = True
    session = open_installables(arguments)
    [(attr_path, value)] = selected_values(session, arguments)
    derivation = value.attr("drvPath")
    if derivation is None:
        raise UsageError(f"'{attr_path}' is no derivation")
    return str(derivation.coerce_to_string())
