"""How commands come to the stores that their settings name."""

from __future__ import annotations

import sys

from neve.errors import StoreError, UsageError
from neve.progress import make_logger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from neve.cache.opening import StoreOpener
    from neve.cli.options import Arguments
    from neve.store import AnyStore, Store


def make_opener(arguments: Arguments, *, is_old_command: bool = False) -> StoreOpener:
    """What opens stores as the command line wants them; to be used in a `with` block."""
    from neve.cache.opening import StoreOpener
    from neve.cache.settings import CacheSettings

    log = make_logger(arguments.log_format, is_old_command=is_old_command)
    return StoreOpener(CacheSettings.from_settings(arguments.settings), log)


def open_store(opener: StoreOpener, arguments: Arguments) -> AnyStore:
    """The store of the setting `store`."""
    return opener.open(_uri(arguments))


def open_local_store(opener: StoreOpener, arguments: Arguments) -> Store:
    """The store of the setting `store`, which must be one of this machine."""
    from neve.store import Store

    store = opener.open(_uri(arguments))
    if not isinstance(store, Store):
        raise StoreError(f"this works with a store of this machine only, not with '{store.uri}'")
    return store


def _uri(arguments: Arguments) -> str:
    uri = arguments.settings.text("store")
    # There is no daemon to ask: whoever may write the store does.
    return "auto" if uri in {"", "daemon"} else uri


def find_path(store: AnyStore, operand: str) -> str:
    """The store path that an operand names: itself, a link to one, a file below one."""
    from neve.store.paths import follow_links, split_store_path

    path, _ = split_store_path(follow_links(operand, store.store_dir), store.store_dir)
    return path


def binary_output() -> Callable[[bytes], object]:
    """Writes archives to standard output, unless that is a terminal."""
    if sys.stdout.isatty():
        raise UsageError("refusing to write NAR to a terminal")
    return sys.stdout.buffer.write


def words_from_stdin() -> list[str]:
    """The words on standard input."""
    return sys.stdin.read().split()
