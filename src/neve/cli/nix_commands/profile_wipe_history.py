"""`nix profile wipe-history`: delete earlier versions of a profile."""

from __future__ import annotations

import time

from neve.cli import common
from neve.cli.options import Command, Group, flag, value
from neve.cli.profile_arguments import PROFILE, ProfileArguments

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class WipeArguments(ProfileArguments):
    """What `nix profile wipe-history` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.older_than: str | None = None


COMMAND: Final = Command(
    "nix profile wipe-history",
    "delete earlier versions of a profile",
    (
        PROFILE,
        Group(
            "Which versions",
            (
                value("--older-than", "older_than", "DAYSd", "Only those replaced that long ago."),
                flag("--dry-run", "is_dry_run", "Only say what would be deleted."),
            ),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.store.profiles import parse_older_than

    arguments = common.read(COMMAND, words, WipeArguments)
    if arguments is None:
        return 0
    arguments.refuse_operands()
    profile = arguments.open_profile()
    if arguments.older_than is None:
        profile.delete_old(dry_run=arguments.is_dry_run)
    else:
        moment = parse_older_than(arguments.older_than, time.time)
        profile.delete_older_than(moment, dry_run=arguments.is_dry_run)
    return 0
