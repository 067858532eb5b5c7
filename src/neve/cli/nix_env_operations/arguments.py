"""What `nix-env` is told, whatever the operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from neve.cli.common import EvaluationArguments
from neve.cli.options import Group, Option, flag, value
from neve.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from neve.settings import Settings


class EnvArguments(EvaluationArguments):
    """What `nix-env` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.profile: str | None = None
        self.file: str | None = None
        self.system_filter = "*"
        self.is_dry_run = False
        self.only_prebuilt = False
        self.force_name: str | None = None
        # What packages are installed from.
        self.source = "names"
        """`names`, `attributes`, `expressions` or `profile`."""
        self.source_profile: str | None = None
        # Installing.
        self.preserves_installed = False
        self.removes_all = False
        self.priority: int | None = None
        self.upgrades = "lt"
        # Querying.
        self.is_available = False
        self.query_attr_path = ""
        self.shown: set[str] = set()
        self.output_format = "table"


@dataclass(frozen=True)
class Operation:
    """One operation: its names and help as an option, the options that it takes, and what it does."""

    names: str
    text: str
    run: Callable[[EnvArguments], None]
    groups: tuple[Group, ...] = ()
    operands: str = ""


def _set_priority(arguments: EnvArguments, word: str) -> None:
    try:
        arguments.priority = int(word)
    except ValueError as error:
        raise UsageError("'--priority' requires an integer argument") from error


def _take_profile(arguments: EnvArguments, word: str) -> None:
    arguments.source = "profile"
    arguments.source_profile = word


SOURCES: Final = Group(
    "Where packages come from",
    (
        flag("-A --attr", "source", "Operands are attribute paths.", to="attributes"),
        flag(
            "-E --from-expression",
            "source",
            "Operands are functions of the default expression.",
            to="expressions",
        ),
        Option("--from-profile", _take_profile, "Take them from another profile.", ("PROFILE",)),
    ),
)
PRIORITY: Final = Option(
    "--priority", _set_priority, "Which package has a file that several have: the smaller.", ("N",)
)
COMMON: Final = Group(
    "Common",
    (
        value("-p --profile", "profile", "PROFILE", "Work on this profile."),
        value("-f --file", "file", "FILE", "The expression that packages come from."),
        value("--system-filter", "system_filter", "SYSTEM", "Packages for this platform (*)."),
        flag("-b --prebuilt-only", "only_prebuilt", "Packages that need not be built."),
        flag("--dry-run", "is_dry_run", "Only say what would be done."),
        value("--force-name", "force_name", "NAME", "What the package is called in the profile."),
    ),
)
