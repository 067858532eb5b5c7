"""`nix derivation add`: write a derivation that is given as JSON."""

from __future__ import annotations

import json
import sys

from neve import _core
from neve.cli import common
from neve.cli.options import Arguments, Command, Group, flag
from neve.errors import NeveError
from neve.lang.store import open_store

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings


class AddArguments(Arguments):
    """What `nix derivation add` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_dry = False


COMMAND: Final = Command(
    "nix derivation add",
    "write a derivation, given as JSON on standard input, to the store",
    (
        Group("Effect", (flag("--dry-run", "is_dry", "Print the path and write nothing."),)),
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, AddArguments)
    if arguments is None:
        return 0
    settings = arguments.settings
    store = open_store(settings.text("store"), settings, is_read_only=arguments.is_dry)
    derivation = _read_derivation(store.store_dir)
    path = derivation.store_path(store.store_dir)
    if not arguments.is_dry:
        references = sorted({*derivation.input_srcs, *derivation.input_drvs})
        store.add_texts([(path, derivation.to_aterm(store.store_dir), references)])
    print(path)
    return 0


def _read_derivation(store_dir: str) -> _core.Derivation:
    try:
        value = json.load(sys.stdin.buffer)
    except (ValueError, RecursionError) as error:
        raise NeveError(f"standard input is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise NeveError("standard input is not a JSON object that describes a derivation")
    try:
        return _core.Derivation.from_json(value, store_dir)
    except ValueError as error:
        raise NeveError(str(error)) from None
