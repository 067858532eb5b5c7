"""`nix edit`: open the source of a package in an editor."""

from __future__ import annotations

import os
import shlex

from neve.cli import common
from neve.cli.installables import (
    LOCK_FILES,
    SELECTION,
    InstallableArguments,
    open_installables,
    selected_values,
)
from neve.cli.options import Command
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve._core import Value

COMMAND: Final = Command(
    "nix edit",
    "open the source of a package in an editor",
    (
        SELECTION,
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[ATTRIBUTE]",
    description="Opens the file that meta.position names in $EDITOR, at the line where the editor knows how.",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; the exit status is the editor's."""
    from neve import process

    arguments = common.read(COMMAND, words, InstallableArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    session = open_installables(arguments)
    [(attr_path, value)] = selected_values(session, arguments)
    file, line = find_position(session.auto_call(value), attr_path)
    command = shlex.split(os.environ.get("EDITOR") or "nano")
    if line and any(name in command[0] for name in ("emacs", "nano", "vim", "kak")):
        command.append(f"+{line}")
    return process.run([*command, file], environment=os.environ, stdin=0, check=False)


def find_position(value: Value, attr_path: str) -> tuple[str, str]:
    """File and line of a package's definition; raises `NeveError` when it does not say."""
    meta = value.attr("meta") if value.type == "set" else None
    position = meta.attr("position") if meta is not None and meta.type == "set" else None
    if position is not None:
        file, _, line = position.coerce_to_string().rpartition(":")
        return file, line
    named = value.attr_position("name") if value.type == "set" else None
    if named is None:
        raise NeveError(f"package '{attr_path}' has no source location information")
    return named[0], str(named[1])
