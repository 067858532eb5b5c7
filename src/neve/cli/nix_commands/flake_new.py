"""`nix flake new`: start a flake in a new folder."""

from __future__ import annotations

import os

from neve.cli import common
from neve.cli.nix_commands.flake_init import TEMPLATE, TemplateArguments, copy_template
from neve.cli.options import Command
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix flake new",
    "start a flake in a new folder from a template",
    (TEMPLATE, common.REGISTRIES, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="FOLDER",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, TemplateArguments)
    if arguments is None:
        return 0
    if len(arguments.operands) != 1:
        raise UsageError("the folder of the new flake must be given")
    copy_template(arguments, os.path.abspath(arguments.operands[0]))
    return 0
