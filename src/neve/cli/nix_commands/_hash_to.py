"""What the deprecated `nix hash to-…` have in common."""

from __future__ import annotations

from neve import terminal
from neve.cli import common, hashing
from neve.cli.options import Arguments, Command, Group, Option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from neve._core import HashAlgorithm, HashFormat
    from neve.settings import Settings


class ToArguments(Arguments):
    """What `nix hash to-…` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.algorithm: HashAlgorithm | None = None


def make_command(target: str) -> Command:
    """Describes the command for one notation."""
    return Command(
        f"nix hash to-{target}",
        f"write hashes in {target} (use `nix hash convert`)",
        (
            Group(
                "Notation",
                (
                    Option(
                        "--type",
                        hashing.take_algorithm("algorithm"),
                        f"For hashes that do not say: one of {', '.join(hashing.ALGORITHMS)}.",
                        ("ALGORITHM",),
                    ),
                ),
            ),
            common.LOGGING,
            common.MISCELLANEOUS,
        ),
        operands="HASH…",
    )


def convert(command: Command, words: Sequence[str], target: HashFormat) -> int:
    """Prints each hash in the notation."""
    arguments = common.read(command, words, ToArguments)
    if arguments is None:
        return 0
    terminal.warn(
        "The old format conversion subcommands of `nix hash` were deprecated in favor of `nix hash convert`."
    )
    for text in arguments.operands:
        algorithm, digest = hashing.parse(text, arguments.algorithm)
        print(hashing.show(digest, algorithm, target))
    return 0
