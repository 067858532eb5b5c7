"""What `nix profile` subcommands are told, whichever it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from neve.cli.installables import InstallableArguments
from neve.cli.options import Group, flag, repeated, value
from neve.cli.profiles import chosen_profile
from neve.errors import UsageError
from neve.progress import make_logger
from neve.store.profiles import Profile

if TYPE_CHECKING:
    from neve.settings import Settings


class ProfileArguments(InstallableArguments):
    """Arguments of `nix profile` subcommands."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.profile: str | None = None
        self.patterns: list[str] = []
        self.wants_all = False
        self.is_dry_run = False

    @property
    def link(self) -> str:
        """The link of the profile that is worked on."""
        return chosen_profile(self.settings, self.profile)

    def open_profile(self) -> Profile:
        """Its generations."""
        return Profile(self.link, make_logger(self.log_format, is_old_command=False))

    def refuse_operands(self) -> None:
        """Raises `UsageError` when there are any."""
        if self.operands:
            raise UsageError(f"unexpected argument '{self.operands[0]}'")


PROFILE: Final = Group(
    "Which profile", (value("--profile", "profile", "PROFILE", "In place of the user's own."),)
)
MATCHING: Final = Group(
    "Which packages",
    (
        flag("--all", "wants_all", "All of the profile."),
        repeated("--regex", "patterns", "REGEX", "Those whose source matches."),
    ),
)
