"""`nix profile install`: an old name of `nix profile add`."""

from __future__ import annotations

from neve import terminal
from neve.cli.nix_commands import profile_add
from neve.cli.options import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix profile install",
    "an old name of `nix profile add`",
    profile_add.COMMAND.groups,
    operands=profile_add.COMMAND.operands,
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    terminal.warn("'install' is a deprecated alias for 'add'")
    return profile_add.run(words)
