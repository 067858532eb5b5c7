"""How commands come to the stores that their settings name."""

from __future__ import annotations

import sys

from neve.cli.options import Arguments, Group, flag, repeated
from neve.errors import StoreError, UsageError
from neve.progress import make_logger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from neve.cache.opening import StoreOpener
    from neve.settings import Settings
    from neve.store import AnyStore, Store


class StorePathArguments(Arguments):
    """Arguments of a command that works on store paths."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_recursive = False
        self.wants_all = False
        self.reads_stdin = False
        self.wants_derivations = False
        self.other_stores: list[str] = []


STORE_PATHS: Final = Group(
    "Which store paths",
    (
        flag("-r --recursive", "is_recursive", "With all that the paths refer to."),
        flag("--no-recursive", "is_recursive", "Only the paths themselves.", to=False),
        flag("--all", "wants_all", "Every path of the store."),
        flag("--stdin", "reads_stdin", "Further operands from standard input."),
        flag("--derivation", "wants_derivations", "The derivations that made the paths."),
    ),
)

SUBSTITUTERS: Final = Group(
    "Other stores",
    (
        repeated(
            "-s --substituter", "other_stores", "STORE", "A store to look in; may be repeated."
        ),
    ),
)


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


def select_paths(store: AnyStore, arguments: StorePathArguments) -> list[str]:
    """The store paths that a command works on: without `--recursive` as named, else references first."""
    from neve.cache.copying import compute_closure
    from neve.store.order import sort_topologically

    operands = arguments.operands + (words_from_stdin() if arguments.reads_stdin else [])
    if arguments.wants_all:
        if operands:
            raise UsageError("'--all' does not expect arguments")
        return sorted(store.query_all_valid_paths())
    paths = [find_path(store, operand) for operand in operands]
    if arguments.wants_derivations:
        paths = [_deriver(store, path) for path in paths]
    if not arguments.is_recursive:
        return list(dict.fromkeys(paths))
    infos = compute_closure(store, paths)
    return sort_topologically(infos, lambda path: infos[path].references)[::-1]


def _deriver(store: AnyStore, path: str) -> str:
    if path.endswith(".drv"):
        return path
    deriver = store.query_path_info(path).deriver
    if deriver is None:
        raise StoreError(f"'{path}' does not have a known deriver")
    return deriver
