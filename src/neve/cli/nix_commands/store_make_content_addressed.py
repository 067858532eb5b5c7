"""`nix store make-content-addressed`: objects under names that follow from their contents."""

from __future__ import annotations

from neve import terminal
from neve.cli import common
from neve.cli.json_output import PRETTY, write_json
from neve.cli.nix_commands.copy import STORES
from neve.cli.options import Command, Group, flag
from neve.cli.store_paths import INSTALLABLES, STORE_PATHS, StorePathArguments, select_paths
from neve.cli.stores import make_opener, open_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class RewriteArguments(StorePathArguments):
    """What `nix store make-content-addressed` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.source: str | None = None
        self.target: str | None = None
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix store make-content-addressed",
    "rewrite a path or closure to content-addressed form",
    (
        STORES,
        Group("Output", (flag("--json", "is_json", "Print JSON."), *PRETTY)),
        STORE_PATHS,
        *INSTALLABLES,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[PATH | ATTRIBUTE]…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, RewriteArguments)
    if arguments is None:
        return 0
    from neve.cache.content_addressing import make_content_addressed

    with make_opener(arguments) as opener:
        source = (
            opener.open(arguments.source) if arguments.source else open_store(opener, arguments)
        )
        target = (
            opener.open(arguments.target) if arguments.target else open_store(opener, arguments)
        )
        paths = select_paths(opener, source, arguments, realises=True)
        rewritten = make_content_addressed(source, target, paths, opener.log)
    if arguments.is_json:
        write_json({"rewrites": {path: rewritten[path] for path in paths}}, arguments.pretty)
    else:
        for path in paths:
            terminal.say(f"rewrote '{path}' to '{rewritten[path]}'")
    return 0
