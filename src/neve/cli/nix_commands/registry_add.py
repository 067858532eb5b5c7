"""`nix registry add`: give a flake a short name."""

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
    "nix registry add",
    "give a flake a short name",
    (REGISTRY, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="NAME REF",
    description="NAME stands for REF from now on.",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, RegistryArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 2:
        raise UsageError("a name and what it stands for are needed")
    source, target = map(parse_reference, arguments.operands)
    others = [entry for entry in read_own(arguments.registry) if entry.source != source]
    extra = {name: target.pop(name) for name in ("dir",) if name in target}
    write_own(arguments.registry, [*others, Entry(source, {**target, **extra})])
    return 0
