"""Store paths that `nix` subcommands work on: named themselves, or by attributes and flakes whose outputs they are."""

from __future__ import annotations

from neve.cli import common
from neve.cli.installables import LOCK_FILES, SELECTION, InstallableArguments, has_source
from neve.cli.options import Group, flag, repeated
from neve.cli.stores import find_path, words_from_stdin
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Final

    from neve.builder.goals import Goal
    from neve.cache.opening import StoreOpener
    from neve.cli.building import BuildFlow
    from neve.settings import Settings
    from neve.store import AnyStore


class StorePathArguments(InstallableArguments):
    """Arguments of a command that works on store paths."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_recursive = False
        self.wants_all = False
        self.reads_stdin = False
        self.wants_derivations = False
        self.other_stores: list[str] = []


OF_ARGUMENTS: Final = Group(
    "Which store paths",
    (flag("--derivation", "wants_derivations", "The derivations that made the paths."),),
)
STORE_PATHS: Final = Group(
    "Which store paths",
    (
        flag("-r --recursive", "is_recursive", "With all that the paths refer to."),
        flag("--no-recursive", "is_recursive", "Only the paths themselves.", to=False),
        flag("--all", "wants_all", "Every path of the store."),
        flag("--stdin", "reads_stdin", "Further operands from standard input."),
        *OF_ARGUMENTS.options,
    ),
)
INSTALLABLES: Final = (SELECTION, LOCK_FILES, common.EVALUATION)
"""The options that belong to operands that are no store paths."""
SUBSTITUTERS: Final = Group(
    "Other stores",
    (
        repeated(
            "-s --substituter", "other_stores", "STORE", "A store to look in; may be repeated."
        ),
    ),
)


class NamedPath:
    """A store path that the command line names."""

    __slots__ = ("number", "output", "path")

    def __init__(self, path: str, number: int, output: str | None = None) -> None:
        self.path: Final = path
        self.number: Final = number
        """Which one it is among all that operands stand for, from 0; outputs of one derivation share theirs."""
        self.output: Final = output
        """Which output it is, where a derivation was asked for."""

    def link(self, prefix: str) -> str:
        """How a link to it is called, after those of others with the prefix."""
        link = f"{prefix}-{self.number}" if self.number else prefix
        return link if self.output in {None, "out"} else f"{link}-{self.output}"


def select_paths(
    opener: StoreOpener, store: AnyStore, arguments: StorePathArguments, *, realises: bool = False
) -> list[str]:
    """The store paths that a command works on: without `--recursive` as named, else references first.

    Those that are not there are said to be missing; with `realises` they are built or fetched.
    """
    if arguments.wants_all:
        if arguments.operands:
            raise UsageError("'--all' does not expect arguments")
        return sorted(store.query_all_valid_paths())
    named = name_paths(opener, store, arguments, realises=realises)
    return with_references(store, [found.path for found in named], arguments)


def with_references(
    store: AnyStore, named: Sequence[str], arguments: StorePathArguments
) -> list[str]:
    """Paths, each once; with `--recursive` after all that they refer to."""
    from neve.cache.copying import compute_closure
    from neve.store.order import sort_topologically

    if not arguments.is_recursive:
        return list(dict.fromkeys(named))
    infos = compute_closure(store, named)
    return sort_topologically(infos, lambda path: infos[path].references)[::-1]


def single_path(
    opener: StoreOpener,
    store: AnyStore,
    arguments: StorePathArguments,
    operand: str,
    *,
    realises: bool = False,
) -> str:
    """The one store path that an operand stands for; raises `UsageError` when it is not one."""
    arguments.operands = [operand]
    paths = {found.path for found in name_paths(opener, store, arguments, realises=realises)}
    if len(paths) != 1:
        raise UsageError(f"argument '{operand}' should evaluate to one store path")
    return paths.pop()


def name_paths(
    opener: StoreOpener, store: AnyStore, arguments: StorePathArguments, *, realises: bool
) -> list[NamedPath]:
    """The store paths that operands stand for: the flake here when there are none."""
    from neve.cli.installables import is_store_path

    if arguments.reads_stdin:
        arguments.operands += words_from_stdin()
        if not arguments.operands:
            return []
    operands = arguments.operands or ["."]
    if not has_source(arguments) and all(
        is_store_path(operand, store.store_dir) and "^" not in operand for operand in operands
    ):
        named = [
            NamedPath(find_path(store, operand), number) for number, operand in enumerate(operands)
        ]
        _provide(opener, store, arguments, named, realises=realises)
        if arguments.wants_derivations:
            return _as_set(_derived(store, found) for found in named)
        return named
    return _name_evaluated(opener, store, arguments, realises=realises)


def _provide(
    opener: StoreOpener,
    store: AnyStore,
    arguments: StorePathArguments,
    named: Sequence[NamedPath],
    *,
    realises: bool,
) -> None:
    """Fetches named paths that a store of this machine lacks, or says that it lacks them."""
    from neve.builder.goals import Path
    from neve.cli.building import BuildFlow
    from neve.store import Store

    if not isinstance(store, Store) or arguments.wants_derivations:
        return
    lacking = {found.path for found in named} - store.query_valid_paths(
        found.path for found in named
    )
    if lacking:
        flow = BuildFlow(opener, store, arguments)
        _reach(flow, [Path(path) for path in sorted(lacking)], realises=realises)


def _reach(flow: BuildFlow, goals: Sequence[Goal], *, realises: bool) -> None:
    if realises:
        flow.reach(goals)
    else:
        flow.announce(goals, is_only_wish=True)


def _name_evaluated(
    opener: StoreOpener, store: AnyStore, arguments: StorePathArguments, *, realises: bool
) -> list[NamedPath]:
    from neve.builder.goals import Output
    from neve.cli.building import BuildFlow
    from neve.cli.requests import find_requests
    from neve.store import Store

    # What only holds objects is no place for derivations: those are written to the store of this machine.
    place = store if isinstance(store, Store) else opener.open_local(arguments.eval_store or "auto")
    if place is not store:
        arguments.eval_store = arguments.eval_store or "auto"
    requests = find_requests(place, arguments)
    named: list[NamedPath] = []
    if arguments.wants_derivations:
        for number, request in enumerate(requests):
            goal = request[0]
            if isinstance(goal, Output):
                named.append(NamedPath(goal.derivation, number))
            else:
                named.append(_derived(store, NamedPath(goal.path, number)))
        return _as_set(named)
    flow = BuildFlow(opener, place, arguments)
    if place is store:
        _reach(flow, [goal for request in requests for goal in request], realises=realises)
    for number, request in enumerate(requests):
        for goal, path in zip(request, flow.paths_of(request), strict=True):
            if not path:
                raise StoreError(
                    f"the path of an output of '{goal}' is not known before it is built"
                )
            named.append(NamedPath(path, number, goal.name if isinstance(goal, Output) else None))
    return named


def _as_set(named: Iterable[NamedPath]) -> list[NamedPath]:
    """Each path once, sorted."""
    paths = sorted({found.path for found in named})
    return [NamedPath(path, number) for number, path in enumerate(paths)]


def _derived(store: AnyStore, found: NamedPath) -> NamedPath:
    """The derivation that made a path."""
    if found.path.endswith(".drv"):
        return found
    deriver = store.query_path_info(found.path).deriver
    if deriver is None:
        raise StoreError(f"'{found.path}' does not have a known deriver")
    return NamedPath(deriver, found.number)
