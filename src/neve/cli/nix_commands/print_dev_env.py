"""`nix print-dev-env`: a build environment as a script for Bash."""

from __future__ import annotations

import sys

from neve.cli import common
from neve.cli.development import DEVELOPMENT, DevelopmentArguments, load_environment, make_script
from neve.cli.installables import LOCK_FILES, SELECTION
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Command, Group, flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class PrintArguments(DevelopmentArguments):
    """What `nix print-dev-env` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix print-dev-env",
    "print a build environment as a script for Bash",
    (
        SELECTION,
        DEVELOPMENT,
        Group("Output", (flag("--json", "is_json", "Print JSON."), *PRETTY)),
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.BUILDING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[ATTRIBUTE]",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.cli.building import build_flow

    arguments = common.read(COMMAND, words, PrintArguments)
    if arguments is None:
        return 0
    with build_flow(arguments) as flow:
        environment, _ = load_environment(flow, arguments)
    if arguments.is_json:
        write_json(environment.as_json(), arguments.pretty)
    else:
        sys.stdout.write(make_script(environment, arguments))
    return 0
