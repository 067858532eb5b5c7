"""`nix-hash`: the hash of files and trees, and hashes in other notations."""

from __future__ import annotations

from neve import _core
from neve.cli import common, hashing, program
from neve.cli.options import Arguments, Command, Group, Option, flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final, NoReturn

    from neve._core import HashAlgorithm, HashFormat
    from neve.settings import Settings

_TRUNCATED_SIZE: Final = 20
"""Bytes, as in the hash part of a store path."""


class NixHashArguments(Arguments):
    """What `nix-hash` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.algorithm: HashAlgorithm | None = None
        self.format: HashFormat = "base16"
        self.target: HashFormat | None = None
        self.is_flat = False
        self.is_truncated = False


COMMAND: Final = Command(
    "nix-hash",
    "print the hash of files and trees, or write hashes in another notation",
    (
        Group(
            "What to compute",
            (
                flag("--flat", "is_flat", "Of the bytes of a file, not of the archive of a path."),
                Option(
                    "--type",
                    hashing.take_algorithm("algorithm"),
                    f"One of {', '.join(hashing.ALGORITHMS)}; md5 by default.",
                    ("ALGORITHM",),
                ),
                flag("--truncate", "is_truncated", "Fold the hash to 160 bits."),
                flag("--base16", "format", "Print base 16 (the default).", to="base16"),
                flag("--base32", "format", "Print Nix's base 32.", to="nix32"),
                flag("--base64", "format", "Print base 64.", to="base64"),
                flag("--sri", "format", "Print SRI notation.", to="sri"),
            ),
        ),
        Group(
            "Operands are hashes",
            (
                flag("--to-base16", "target", "Write them in base 16.", to="base16"),
                flag("--to-base32", "target", "Write them in Nix's base 32.", to="nix32"),
                flag("--to-base64", "target", "Write them in base 64.", to="base64"),
                flag("--to-sri", "target", "Write them in SRI notation.", to="sri"),
            ),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="PATH…",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, NixHashArguments)
    if arguments is None:
        return 0
    for operand in arguments.operands:
        print(_convert(operand, arguments) if arguments.target else _hash(operand, arguments))
    return 0


def _convert(text: str, arguments: NixHashArguments) -> str:
    algorithm, digest = hashing.parse(text, arguments.algorithm)
    return hashing.show(digest, algorithm, arguments.target or arguments.format)


def _hash(path: str, arguments: NixHashArguments) -> str:
    algorithm = arguments.algorithm or "md5"
    digest = hashing.hash_path(path, algorithm, is_flat=arguments.is_flat)
    if arguments.is_truncated and len(digest) > _TRUNCATED_SIZE:
        digest = _core.compress_hash(digest)
    return hashing.show(digest, algorithm, arguments.format)
