"""`nix registry remove`: take a short name back."""

from __future__ import annotations

from neve.cli import common
from neve.cli.flake_registry import REGISTRY, RegistryArguments, read_own, write_own
from neve.cli.flakes import parse_reference
from neve.cli.options import Command
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix registry remove",
    "take a short name back",
    (REGISTRY, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="NAME",
    description="",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, RegistryArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 1:
        raise UsageError("the name to take back is needed")
    source = parse_reference(arguments.operands[0])
    others = [entry for entry in read_own(arguments.registry) if entry.source != source]
    write_own(arguments.registry, others)
    return 0
