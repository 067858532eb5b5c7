"""`nix store copy-log`: copy build logs from one store to another."""

from __future__ import annotations

from neve.cli import common
from neve.cli.build_logs import derivation_of
from neve.cli.nix_commands.copy import STORES
from neve.cli.options import Command
from neve.cli.store_paths import INSTALLABLES, STORE_PATHS, StorePathArguments, select_paths
from neve.cli.stores import make_opener, open_store
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class CopyLogArguments(StorePathArguments):
    """What `nix store copy-log` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.source: str | None = None
        self.target: str | None = None


COMMAND: Final = Command(
    "nix store copy-log",
    "copy build logs between Nix stores",
    (STORES, STORE_PATHS, *INSTALLABLES, common.NETWORK, common.LOGGING, common.MISCELLANEOUS),
    operands="[PATH | ATTRIBUTE]…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, CopyLogArguments)
    if arguments is None:
        return 0
    if arguments.source is None and arguments.target is None:
        raise UsageError("you must pass '--from' and/or '--to'")
    with make_opener(arguments) as opener:
        source = (
            opener.open(arguments.source) if arguments.source else open_store(opener, arguments)
        )
        target = (
            opener.open(arguments.target) if arguments.target else open_store(opener, arguments)
        )
        for path in select_paths(opener, source, arguments):
            derivation = derivation_of(source, path)
            log = source.read_build_log(derivation) if derivation is not None else None
            if derivation is None or log is None:
                raise StoreError(f"build log for '{derivation or path}' is not available")
            target.write_build_log(derivation, log)
    return 0
