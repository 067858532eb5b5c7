"""`nix store add`: copy a file or a folder into the store."""

from __future__ import annotations

from neve.cli import common, hashing
from neve.cli.options import Arguments, Command, Group, Option, flag, value
from neve.cli.stores import make_opener, open_local_store
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve._core import HashAlgorithm
    from neve.settings import Settings
    from neve.store.paths import IngestionMethod


class AddArguments(Arguments):
    """What `nix store add` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.name: str | None = None
        self.mode: IngestionMethod = "nar"
        self.algorithm: HashAlgorithm = "sha256"
        self.is_dry_run = False


def _take_mode(arguments: AddArguments, word: str) -> None:
    from neve.store.paths import INGESTION_METHODS

    for mode in INGESTION_METHODS:
        if word == mode:
            arguments.mode = mode
            return
    raise UsageError(f"unknown mode '{word}', expect 'flat', 'nar', 'text' or 'git'")


OPTIONS: Final = (
    value("-n --name", "name", "NAME", "What it is called in the store."),
    flag("--dry-run", "is_dry_run", "Only print the path."),
    Option(
        "--hash-algo",
        hashing.take_algorithm("algorithm"),
        f"One of {', '.join(hashing.ALGORITHMS)}.",
        ("ALGORITHM",),
    ),
    Option("--mode", _take_mode, "flat (of the bytes), nar (of the archive) or text.", ("MODE",)),
)

COMMAND: Final = Command(
    "nix store add",
    "Add a file or directory to the Nix store",
    (Group("How", OPTIONS), common.LOGGING, common.MISCELLANEOUS),
    operands="PATH",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, AddArguments)
    return 0 if arguments is None else add(arguments)


def add(arguments: AddArguments) -> int:
    """Copies the operand and prints its path."""
    if len(arguments.operands) != 1:
        raise UsageError("one argument, the path to add, is expected")
    from neve.cli.adding import canonical_name, source_name
    from neve.store.adding import Ingestion, compute_path

    source = canonical_name(arguments.operands[0])
    name = arguments.name or source_name(arguments.operands[0])
    how = Ingestion(arguments.mode, arguments.algorithm, keep_executable=True)
    with make_opener(arguments) as opener, open_local_store(opener, arguments) as store:
        if arguments.is_dry_run:
            print(compute_path(source, name, how, store.store_dir))
        else:
            print(store.add_path(source, name=name, how=how).path)
    return 0
