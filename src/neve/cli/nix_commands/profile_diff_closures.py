"""`nix profile diff-closures`: show how the closures of versions differ."""

from __future__ import annotations

import itertools
import sys

from neve.cli import common
from neve.cli.nix_commands.store_diff_closures import compare_closures
from neve.cli.options import Command
from neve.cli.profile_arguments import PROFILE, ProfileArguments
from neve.cli.stores import find_path, make_opener, open_store
from neve.terminal import has_colour, strip_colours

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix profile diff-closures",
    "show how the closures of a profile's versions differ",
    (PROFILE, common.LOGGING, common.MISCELLANEOUS),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ProfileArguments)
    if arguments is None:
        return 0
    arguments.refuse_operands()
    generations = arguments.open_profile().generations().all
    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        for before, after in itertools.pairwise(generations):
            if before is not generations[0]:
                print()
            print(f"Version {before.number} -> {after.number}:")
            paths = [find_path(store, found.link) for found in (before, after)]
            for line in compare_closures(store, *paths):
                print(f"  {line if has_colour(sys.stdout) else strip_colours(line)}")
    return 0
