"""`nix hash path`: the hash of a file or a tree."""

from __future__ import annotations

from neve.cli import common, hashing
from neve.cli.options import Arguments, Command, Group, Option, flag
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve._core import HashAlgorithm, HashFormat
    from neve.settings import Settings


class HashArguments(Arguments):
    """What `nix hash path` or `nix hash file` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.algorithm: HashAlgorithm = "sha256"
        self.format: HashFormat = "sri"
        self.is_flat = False


def _take_mode(arguments: HashArguments, word: str) -> None:
    if word == "git":
        raise UsageError("hashing as Git does is not possible yet; use the mode 'nar' or 'flat'")
    if word not in {"nar", "flat"}:
        raise UsageError(f"unknown mode '{word}', expect 'nar' or 'flat'")
    arguments.is_flat = word == "flat"


NOTATION: Final = (
    flag("--sri", "format", "Print SRI notation (the default).", to="sri"),
    flag("--base64", "format", "Print base 64.", to="base64"),
    flag("--base32", "format", "Print Nix's base 32.", to="nix32"),
    flag("--base16", "format", "Print base 16.", to="base16"),
)

COMMAND: Final = Command(
    "nix hash path",
    "print the hash of files and trees",
    (
        Group(
            "What to compute",
            (
                Option(
                    "--algo --type",
                    hashing.take_algorithm("algorithm"),
                    f"One of {', '.join(hashing.ALGORITHMS)}.",
                    ("ALGORITHM",),
                ),
                Option(
                    "--mode", _take_mode, "nar (of the archive) or flat (of the bytes).", ("MODE",)
                ),
                Option(
                    "--format",
                    hashing.take_format("format"),
                    f"One of {', '.join(hashing.FORMATS)}.",
                    ("FORMAT",),
                ),
                *NOTATION,
            ),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="PATH…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, HashArguments)
    return 0 if arguments is None else print_hashes(arguments)


def print_hashes(arguments: HashArguments) -> int:
    """Prints the hash of each operand."""
    for path in arguments.operands:
        digest = hashing.hash_path(path, arguments.algorithm, is_flat=arguments.is_flat)
        print(hashing.show(digest, arguments.algorithm, arguments.format))
    return 0
