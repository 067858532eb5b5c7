"""`nix registry list`: the short names of flakes."""

from __future__ import annotations

from neve import _core
from neve.cli import common
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Arguments, Command, Group, flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final

    from neve.fetch.registry import Entry
    from neve.settings import Settings


class ListArguments(Arguments):
    """What `nix registry list` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix registry list",
    "show the short names of flakes",
    (
        Group("Output", (flag("--json", "is_json", "Print JSON."), *PRETTY)),
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    description="Each line: whose entry it is (user, system, global), the name, what it stands for.",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ListArguments)
    if arguments is None:
        return 0
    entries = list(_entries(arguments))
    if arguments.is_json:
        shown = [
            {"registry": owner, "from": entry.source, "to": entry.target, "exact": entry.is_exact}
            for owner, entry in entries
        ]
        write_json(shown, arguments.pretty)
        return 0
    for owner, entry in entries:
        names = (_core.show_flake_ref(part) for part in (entry.source, entry.target))
        print(f"{owner:6} {' '.join(names)}")
    return 0


def _entries(arguments: ListArguments) -> Iterator[tuple[str, Entry]]:
    """Entries in the order in which they count."""
    from neve.cli.flake_registry import read_global, read_own, registry_files

    for owner, file in registry_files(arguments.settings).items():
        for entry in read_own(file):
            yield owner, entry
    for entry in read_global(arguments):
        yield "global", entry
