"""`nix profile remove`: take packages out of a profile."""

from __future__ import annotations

from neve import terminal
from neve.cli import common
from neve.cli.options import Command
from neve.cli.profile_arguments import MATCHING, PROFILE, ProfileArguments
from neve.cli.profile_manifest import Manifest
from neve.cli.stores import make_opener, open_local_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix profile remove",
    "take packages out of a profile",
    (MATCHING, PROFILE, common.LOGGING, common.MISCELLANEOUS),
    operands="[NAME | STORE-PATH]…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ProfileArguments)
    if arguments is None:
        return 0
    manifest = Manifest.read(arguments.link)
    names = manifest.choose(arguments.operands, arguments.patterns, wants_all=arguments.wants_all)
    if not names:
        terminal.warn("No packages to remove. Use 'nix profile list' to see the current profile.")
        return 0
    for name in sorted(names):
        terminal.say(f"removing '{manifest.elements.pop(name).identifier}'", level=2)
    kept = len(manifest.elements)
    terminal.say(f"removed {len(names)} packages, kept {kept} packages", level=3)
    with (
        make_opener(arguments) as opener,
        open_local_store(opener, arguments) as store,
    ):
        manifest.switch(store, arguments.link)
    return 0
