"""`nix store gc`: delete what no root reaches."""

from __future__ import annotations

from neve.cli import common
from neve.cli.options import Arguments, Command, Group, Option, flag
from neve.cli.sizes import parse_size
from neve.cli.stores import make_opener, open_local_store
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class CollectionArguments(Arguments):
    """What `nix store gc` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.max_freed: int | None = None
        self.is_dry_run = False


def _take_limit(arguments: CollectionArguments, word: str) -> None:
    arguments.max_freed = max(parse_size(word, "--max"), 0)


COMMAND: Final = Command(
    "nix store gc",
    "perform garbage collection on a Nix store",
    (
        Group(
            "What to delete",
            (
                Option("--max", _take_limit, "Stop after freeing so much.", ("BYTES",)),
                flag("--dry-run", "is_dry_run", "Only say what would be deleted."),
            ),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, CollectionArguments)
    if arguments is None:
        return 0
    if arguments.max_freed is not None and arguments.is_dry_run:
        raise UsageError("options --max and --dry-run cannot be combined")
    from neve.cli.collection import collect

    with make_opener(arguments) as opener, open_local_store(opener, arguments) as store:
        collect(store, max_freed=arguments.max_freed, dry_run=arguments.is_dry_run)
    return 0
