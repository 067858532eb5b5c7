"""`nix flake lock`: complete the lock file of a flake."""

from __future__ import annotations

from neve.cli import common
from neve.cli.flake_locks import LOCKS, lock, open_fetching, parse_reference
from neve.cli.installables import InstallableArguments
from neve.cli.options import Command
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix flake lock",
    "complete the lock file of a flake",
    (LOCKS, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
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
    with open_fetching(arguments) as fetching:
        lock(fetching, arguments, reference, must_write=True)
    return 0
