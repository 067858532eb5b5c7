"""`nix store sign`: sign paths with a key."""

from __future__ import annotations

from neve import terminal
from neve.cli import common
from neve.cli.options import Command, Group, value
from neve.cli.store_paths import INSTALLABLES, STORE_PATHS, StorePathArguments, select_paths
from neve.cli.stores import make_opener, open_store
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class SigningArguments(StorePathArguments):
    """What `nix store sign` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.key_file: str | None = None


COMMAND: Final = Command(
    "nix store sign",
    "sign store paths with a local key",
    (
        Group("The key", (value("-k --key-file", "key_file", "FILE", "Holds the secret key."),)),
        STORE_PATHS,
        *INSTALLABLES,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[PATH | ATTRIBUTE]…",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, SigningArguments)
    if arguments is None:
        return 0
    if arguments.key_file is None:
        raise UsageError("required argument '--key-file' is missing")
    from neve.store.keys import SecretKey

    key = SecretKey.load(arguments.key_file)
    added = 0
    with make_opener(arguments) as opener:
        store = open_store(opener, arguments)
        for path in select_paths(opener, store, arguments):
            info = store.query_path_info(path)
            signature = key.sign(info)
            if signature not in info.signatures:
                store.add_signatures(path, [signature])
                added += 1
    terminal.say(f"added {added} signatures", level=3)
    return 0
