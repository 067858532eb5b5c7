"""`nix store info`: whether a store can be used, and what it is."""

from __future__ import annotations

from neve import terminal
from neve.cli import common
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Arguments, Command, Group, flag
from neve.cli.stores import make_opener, open_store
from neve.version import NIX_VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from neve.settings import Settings
    from neve.store import AnyStore


class InfoArguments(Arguments):
    """What `nix store info` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_json = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix store info",
    "test whether a store can be accessed",
    (
        Group("Output", (flag("--json", "is_json", "Print JSON."), *PRETTY)),
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, InfoArguments)
    if arguments is None:
        return 0
    with make_opener(arguments) as opener:
        facts = describe(open_store(opener, arguments))
    if arguments.is_json:
        write_json(facts, arguments.pretty)
        return 0
    labels = {"url": "Store URL", "version": "Version", "trusted": "Trusted"}
    for name, label in labels.items():
        if name in facts:
            terminal.say(f"{label}: {1 if facts[name] is True else facts[name]}")
    return 0


def describe(store: AnyStore) -> dict[str, Any]:
    """Address, version of Nix whose store it is, and whether it takes what it is given; asks a remote store."""
    from neve.cache.binary_cache import BinaryCache
    from neve.store import Store
    from neve.store.interface import address_of

    facts: dict[str, Any] = {"url": address_of(store)}
    if isinstance(store, Store):
        facts |= {"version": NIX_VERSION, "trusted": True}
    elif isinstance(store, BinaryCache):
        _ = store.priority
        if not store.files.is_remote:
            facts["trusted"] = True
    return facts
