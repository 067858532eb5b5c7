"""`nix flake lock`: complete the lock file of a flake."""

from __future__ import annotations

from neve.cli import common
from neve.cli.flake_locks import lock
from neve.cli.flakes import parse_reference
from neve.cli.installables import LOCK_FILES, InstallableArguments
from neve.cli.options import Command, without
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix flake lock",
    "complete the lock file of a flake",
    (
        without(LOCK_FILES, "--no-write-lock-file"),
        common.REGISTRIES,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[REF]",
    description="Adds what is missing in flake.lock and leaves the rest as it is.",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, InstallableArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) > 1:
        raise UsageError(f"unexpected argument '{arguments.operands[1]}'")
    reference = parse_reference((arguments.operands or ["."])[0])
    # To write it is what the command is for, whatever is in it.
    arguments.writes_lock_file = True
    lock(arguments, reference, must_write=True)
    return 0
