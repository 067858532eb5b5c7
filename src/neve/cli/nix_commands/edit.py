"""`nix edit`: open the source of a package in an editor."""

from __future__ import annotations

from neve.cli import common
from neve.cli.installables import (
    LOCK_FILES,
    SELECTION,
    InstallableArguments,
    open_installables,
    selected_values,
)
from neve.cli.options import Command
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final


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
    from neve.cli.editor import edit
    from neve.lang.derivations import find_package_position

    arguments = common.read(COMMAND, words, InstallableArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    session = open_installables(arguments)
    [(attr_path, value)] = selected_values(session, arguments)
    file, line = find_package_position(session.auto_call(value), attr_path)
    return edit(file, line)
