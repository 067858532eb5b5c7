"""`nix flake update`: look up inputs of a flake anew."""

from __future__ import annotations

from neve.cli import common
from neve.cli.flake_locks import lock
from neve.cli.flakes import parse_reference
from neve.cli.installables import LOCK_FILES, InstallableArguments
from neve.cli.options import Command, Group, value, without

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class UpdateArguments(InstallableArguments):
    """What `nix flake update` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.flake = "."


COMMAND: Final = Command(
    "nix flake update",
    "look up inputs of a flake anew",
    (
        Group("Which flake", (value("--flake", "flake", "REF", "The flake (.)."),)),
        without(LOCK_FILES, "--no-write-lock-file", "--no-update-lock-file"),
        common.REGISTRIES,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[INPUT…]",
    description="Without INPUT, all of them.",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, UpdateArguments)
    if arguments is None:
        return 0
    arguments.updated_inputs += arguments.operands
    arguments.recreates_lock_file |= not arguments.updated_inputs
    # What was looked up a while ago is not what there is now.
    arguments.settings.set("tarball-ttl", "0")
    # To write it is what the command is for, whatever is in it.
    arguments.writes_lock_file = True
    lock(arguments, parse_reference(arguments.flake), must_write=True)
    return 0
