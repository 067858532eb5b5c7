"""`nix flake info`: another name of `nix flake metadata`."""

from __future__ import annotations

from neve import terminal
from neve.cli.nix_commands import flake_metadata
from neve.cli.options import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix flake info",
    "an old name of `nix flake metadata`",
    flake_metadata.COMMAND.groups,
    operands=flake_metadata.COMMAND.operands,
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    terminal.warn("'nix flake info' is a deprecated alias for 'nix flake metadata'")
    return flake_metadata.run(words)
