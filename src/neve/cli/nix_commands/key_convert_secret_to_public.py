"""`nix key convert-secret-to-public`: the public half of a key on standard input."""

from __future__ import annotations

import sys

from neve.cli import common
from neve.cli.options import Arguments, Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix key convert-secret-to-public",
    "generate a public key for verifying store paths from a secret key read from standard input",
    (common.LOGGING, common.MISCELLANEOUS),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    if common.read(COMMAND, words, Arguments) is None:
        return 0
    from neve.store.keys import SecretKey

    sys.stdout.write(SecretKey.parse(sys.stdin.read()).public_key)
    return 0
