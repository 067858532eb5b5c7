"""`nix hash to-base16` (deprecated)."""

from __future__ import annotations

from neve.cli.nix_commands._hash_to import convert, make_command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = make_command("base16")


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    return convert(COMMAND, words, "base16")
