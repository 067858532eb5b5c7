"""`nix key generate-secret`: a new key that signs store paths."""

from __future__ import annotations

import sys

from neve.cli import common
from neve.cli.options import Arguments, Command, Group, value
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class KeyArguments(Arguments):
    """What `nix key generate-secret` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.key_name: str | None = None


COMMAND: Final = Command(
    "nix key generate-secret",
    "generate a secret key for signing store paths",
    (
        Group(
            "The key",
            (value("--key-name", "key_name", "NAME", "What it is called: cache.example.org-1."),),
        ),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, KeyArguments)
    if arguments is None:
        return 0
    if arguments.key_name is None:
        raise UsageError("required argument '--key-name' is missing")
    from neve.store.keys import SecretKey

    sys.stdout.write(SecretKey.generate(arguments.key_name).text)
    return 0
