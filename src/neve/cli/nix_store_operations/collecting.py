"""Operations that find and delete garbage."""

from __future__ import annotations

from neve.cli.collection import collect as collect_garbage
from neve.cli.collection import delete as delete_paths
from neve.cli.sizes import parse_size
from neve.cli.stores import find_path, make_opener, open_local_store
from neve.errors import UsageError
from neve.store.gc import CollectionAction, CollectionRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.cli.nix_store import StoreOperationArguments
    from neve.store import Store

_NO_OPERANDS = "no arguments expected"


def collect(arguments: StoreOperationArguments) -> int:
    """`--gc`: deletes what no root reaches, or prints what it would delete or keep, and why."""
    if arguments.operands:
        raise UsageError(_NO_OPERANDS)
    prints = [name for name in arguments.flags if name.startswith("--print-")]
    if prints and arguments.has("--max-freed"):
        raise UsageError(
            "option --max-freed cannot be combined with --print-live, --print-dead, or --print-roots"
        )
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        if "--print-roots" in prints:
            print_roots(store)
        elif prints:
            live = prints[-1] == "--print-live"
            action = CollectionAction.RETURN_LIVE if live else CollectionAction.RETURN_DEAD
            for path in sorted(store.collect_garbage(CollectionRequest(action)).paths):
                print(path)
        else:
            collect_garbage(store, max_freed=_limit(arguments), dry_run=False)
    return 0


def _limit(arguments: StoreOperationArguments) -> int | None:
    text = arguments.values.get("--max-freed")
    return None if text is None else max(parse_size(text, "--max-freed"), 0)


def print_roots(store: Store) -> None:
    """Prints each root and the path that it keeps, by the roots' names."""
    pairs = sorted((link, path) for path, links in store.find_roots().items() for link in links)
    for link, path in pairs:
        print(f'"{link}" -> {path}')


def delete(arguments: StoreOperationArguments) -> int:
    """`--delete`: deletes paths unless something needs them."""
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        paths = [find_path(store, operand) for operand in arguments.operands]
        delete_paths(store, paths, ignore_liveness=arguments.has("--ignore-liveness"))
    return 0
