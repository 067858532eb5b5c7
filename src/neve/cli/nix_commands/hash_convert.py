"""`nix hash convert`: a hash in another notation."""

from __future__ import annotations

from neve.cli import common, hashing
from neve.cli.options import Arguments, Command, Group, Option
from neve.errors import NeveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve._core import HashAlgorithm, HashFormat
    from neve.settings import Settings


class ConvertArguments(Arguments):
    """What `nix hash convert` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.algorithm: HashAlgorithm | None = None
        self.source: HashFormat | None = None
        self.target: HashFormat = "sri"


_NAMES = f"One of {', '.join(hashing.FORMATS)}."

COMMAND: Final = Command(
    "nix hash convert",
    "write hashes in another notation",
    (
        Group(
            "Notations",
            (
                Option(
                    "--from", hashing.take_format("source"), f"Insist on it. {_NAMES}", ("FORMAT",)
                ),
                Option(
                    "--to", hashing.take_format("target"), f"{_NAMES} Default: sri.", ("FORMAT",)
                ),
                Option(
                    "--hash-algo",
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


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ConvertArguments)
    if arguments is None:
        return 0
    for text in arguments.operands:
        algorithm, digest = hashing.parse(text, arguments.algorithm)
        found = hashing.notation(text, digest)
        if arguments.source is not None and found != arguments.source:
            raise NeveError(
                f"input hash '{text}' has format '{found}', but '--from {arguments.source}' was specified"
            )
        print(hashing.show(digest, algorithm, arguments.target))
    return 0
