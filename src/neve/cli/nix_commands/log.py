"""`nix log`: the build log of a path."""

from __future__ import annotations

import sys

from neve import terminal
from neve.cli import common
from neve.cli.build_logs import find_log
from neve.cli.installables import (
    LOCK_FILES,
    SELECTION,
    InstallableArguments,
    has_source,
    is_store_path,
)
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
    operands="[PATH | ATTRIBUTE]",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, InstallableArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    [what] = arguments.operands or ["."]
    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        is_path = not has_source(arguments) and is_store_path(what, store.store_dir)
        path = find_path(store, what) if is_path else _find(arguments)
        log, origin = find_log(opener, store, path)
    if log is None:
        raise StoreError(f"build log of '{what}' is not available")
    terminal.say(f"got build log for '{what}' from '{origin}'", level=3)
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
