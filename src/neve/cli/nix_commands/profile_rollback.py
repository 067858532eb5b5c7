"""`nix profile rollback`: go back to an earlier version of a profile."""

from __future__ import annotations

from neve.cli import common
from neve.cli.options import Command, Group, flag, value
from neve.cli.profile_arguments import PROFILE, ProfileArguments
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class RollbackArguments(ProfileArguments):
    """What `nix profile rollback` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.version: str | None = None


COMMAND: Final = Command(
    "nix profile rollback",
    "go back to an earlier version of a profile",
    (
        PROFILE,
        Group(
            "Which version",
            (
                value("--to", "version", "NUMBER", "In place of the one before the current."),
                flag("--dry-run", "is_dry_run", "Only say what would be done."),
            ),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, RollbackArguments)
    if arguments is None:
        return 0
    arguments.refuse_operands()
    version = arguments.version
    if version is not None and not version.isdigit():
        raise UsageError(f"'--to' is a number, not '{version}'")
    number = None if version is None else int(version)
    arguments.open_profile().switch(number, dry_run=arguments.is_dry_run)
    return 0
