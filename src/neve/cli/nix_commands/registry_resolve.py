"""`nix registry resolve`: show what short names stand for."""

from __future__ import annotations

from neve import _core
from neve.cli import common
from neve.cli.flake_registry import (
    REGISTRY,
    RegistryArguments,
    read_global,
    registry_files,
    registry_text,
)
from neve.cli.flakes import parse_reference
from neve.cli.options import Command
from neve.errors import UsageError
from neve.fetch.registry import Registries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix registry resolve",
    "show what short names stand for",
    (REGISTRY, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="NAME…",
    description="",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, RegistryArguments)
    if arguments is None:
        return 0
    files = tuple(registry_files(arguments.settings).values())
    registries = Registries(files, lambda: registry_text(read_global(arguments)), "global")
    for operand in arguments.operands:
        found = registries.resolve(parse_reference(operand))
        if found["type"] == "indirect":
            raise UsageError(f"cannot find flake '{operand}' in the flake registries")
        print(_core.show_flake_ref(found))
    return 0
