"""`nix profile upgrade`: look up packages of a profile anew."""

from __future__ import annotations

from neve import terminal
from neve.cli import common
from neve.cli.installables import LOCK_FILES, open_installables
from neve.cli.nix_commands.profile_add import AddArguments, make_element
from neve.cli.options import Command
from neve.cli.profile_arguments import MATCHING, PROFILE
from neve.cli.profile_manifest import Manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

COMMAND: Final = Command(
    "nix profile upgrade",
    "look up packages of a profile anew",
    (
        MATCHING,
        PROFILE,
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.BUILDING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[NAME | STORE-PATH]…",
    description="Only packages that were added from flakes, and not from fixed versions of them, can be upgraded.",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.cli.building import build_flow

    arguments = common.read(COMMAND, words, AddArguments)
    if arguments is None:
        return 0
    manifest = Manifest.read(arguments.link)
    names = manifest.choose(arguments.operands, arguments.patterns, wants_all=arguments.wants_all)
    if not names:
        terminal.warn("No packages to upgrade. Use 'nix profile list' to see the current profile.")
        return 0
    session = open_installables(arguments)
    count = 0
    with build_flow(arguments) as flow:
        for name in sorted(names):
            element = manifest.elements[name]
            if element.source is None:
                terminal.warn(
                    f"Found package '{element.identifier}', but it was not added from a flake, "
                    "so it can't be checked for upgrades!"
                )
                continue
            count += 1
            arguments.priority = element.priority
            old = element.source
            installable = f"{old.original_url}#.{old.attr_path}{old.outputs_suffix}"
            new = make_element(flow, session, arguments, installable)
            if new.source is not None and new.source.url != old.url:
                terminal.say(
                    f"upgrading '{old.attr_path}' from flake '{old.url}' to '{new.source.url}'",
                    level=3,
                )
                manifest.elements[name] = new
        if count:
            manifest.switch(flow.store, arguments.link)
    if not count:
        terminal.warn("Found some packages but none of them could be upgraded.")
    return 0
