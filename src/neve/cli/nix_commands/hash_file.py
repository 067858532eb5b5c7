"""`nix hash file`: the hash of a file's bytes."""

from __future__ import annotations

from neve.cli import common, hashing
from neve.cli.nix_commands.hash_path import NOTATION, HashArguments, print_hashes
from neve.cli.options import Command, Group, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix hash file",
    "print the hash of the bytes of files",
    (
        Group(
            "What to compute",
            (
                Option(
                    "--type",
                    hashing.take_algorithm("algorithm"),
                    f"One of {', '.join(hashing.ALGORITHMS)}.",
                    ("ALGORITHM",),
                ),
                *NOTATION,
            ),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="FILE…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, HashArguments)
    if arguments is None:
        return 0
    arguments.is_flat = True
    return print_hashes(arguments)
