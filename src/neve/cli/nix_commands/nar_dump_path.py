"""`nix nar dump-path`: an old name of `nix nar pack`."""

from __future__ import annotations

from neve import terminal
from neve.cli import common
from neve.cli.nix_commands import nar_pack
from neve.cli.options import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix nar dump-path",
    "serialise a path to stdout in NAR format (deprecated: use nix nar pack)",
    (common.LOGGING, common.MISCELLANEOUS),
    operands="PATH",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    terminal.warn("'nix nar dump-path' is a deprecated alias for 'nix nar pack'")
    return nar_pack.run(words)
