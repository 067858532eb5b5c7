"""`nix registry pin`: keep a short name at a version."""

from __future__ import annotations

from neve.cli import common
from neve.cli.flake_registry import REGISTRY, RegistryArguments, read_own, write_own
from neve.cli.flakes import parse_reference
from neve.cli.options import Command
from neve.errors import UsageError
from neve.fetch.registry import Entry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix registry pin",
    "keep a short name at a version",
    (REGISTRY, common.REGISTRIES, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="NAME [REF]",
    description="NAME stands for REF as it is now, or for what NAME means now.",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, RegistryArguments)
    if arguments is None:
        return 0
    if not 1 <= len(arguments.operands) <= 2:
        raise UsageError("a name and perhaps a reference are needed")
    source = parse_reference(arguments.operands[0])
    wanted = parse_reference(arguments.operands[-1])
    locked = common.fetching_of(arguments).fetcher.fetch_tree(wanted).locked
    others = [entry for entry in read_own(arguments.registry) if entry.source != source]
    write_own(arguments.registry, [*others, Entry(source, locked)])
    return 0
