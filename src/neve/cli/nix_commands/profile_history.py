"""`nix profile history`: show what changed in a profile."""

from __future__ import annotations

import time

from neve.cli import common
from neve.cli.options import Command
from neve.cli.profile_arguments import PROFILE, ProfileArguments
from neve.cli.profile_manifest import Manifest, describe_difference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix profile history",
    "show what changed in a profile",
    (PROFILE, common.LOGGING, common.MISCELLANEOUS),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ProfileArguments)
    if arguments is None:
        return 0
    arguments.refuse_operands()
    before, previous = Manifest(), None
    for found in arguments.open_profile().generations().all:
        after = Manifest.read(found.link)
        if previous is not None:
            print()
        moment = time.strftime("%Y-%m-%d", time.gmtime(found.creation_time))
        origin = "" if previous is None else f" <- {previous}"
        print(f"Version {found.number} ({moment}){origin}:")
        for line in describe_difference(before.elements, after.elements):
            print(f"  {line}")
        before, previous = after, found.number
    return 0
