"""`nix profile list`: show the packages of a profile."""

from __future__ import annotations

from neve.cli import common
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Command, Group, flag
from neve.cli.profile_arguments import PROFILE, ProfileArguments
from neve.cli.profile_manifest import Manifest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class ListArguments(ProfileArguments):
    """What `nix profile list` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix profile list",
    "show the packages of a profile",
    (
        PROFILE,
        Group("Output", (flag("--json", "is_json", "Print JSON."), *PRETTY)),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ListArguments)
    if arguments is None:
        return 0
    arguments.refuse_operands()
    manifest = Manifest.read(arguments.link)
    if arguments.is_json:
        write_json(manifest.as_json(), arguments.pretty)
        return 0
    for position, (name, element) in enumerate(sorted(manifest.elements.items())):
        if position:
            print()
        print(f"Name:               {name}{'' if element.is_active else ' (inactive)'}")
        if element.source is not None:
            print(f"Flake attribute:    {element.source.attr_path}{element.source.outputs_suffix}")
            print(f"Original flake URL: {element.source.original_url}")
            print(f"Locked flake URL:   {element.source.url}")
        print(f"Store paths:        {' '.join(sorted(element.store_paths))}")
    return 0
