"""Operations that ask about paths."""

from __future__ import annotations

import sys

from neve.cli.nix_store_operations import graphs
from neve.cli.stores import find_path, make_opener, open_local_store, open_store
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Final

    from neve.cli.nix_store import StoreOperationArguments
    from neve.store import Store

_MODIFIERS: Final = frozenset({"--use-output", "--force-realise", "--include-outputs"})


def query(arguments: StoreOperationArguments) -> int:
    """`--query`: answers the one question that the flags ask."""
    question = "--outputs"
    asked = [name for name in arguments.flags if name not in _MODIFIERS]
    for name in asked:
        if name != asked[0]:
            raise UsageError(f"query type '{name}' conflicts with earlier flag")
        question = name
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        if arguments.has("--force-realise"):
            from neve.cli.nix_store_operations.realising import make_valid

            make_valid(
                opener, store, [find_path(store, word) for word in arguments.operands], arguments
            )
        _ANSWERS[question](store, arguments)
    return 0


def _chosen(
    store: Store, arguments: StoreOperationArguments, *, outputs: bool | None = None
) -> list[str]:
    """The paths asked about: with `--use-output` (or `outputs`) the outputs of derivations in their place."""
    uses_outputs = arguments.has("--use-output") if outputs is None else outputs
    chosen: list[str] = []
    for operand in arguments.operands:
        path = find_path(store, operand)
        chosen += _output_paths(store, path) if uses_outputs and path.endswith(".drv") else [path]
    return chosen


def _output_paths(store: Store, derivation: str) -> list[str]:
    known = store.query_derivation_outputs(derivation) if store.is_valid_path(derivation) else {}
    paths = []
    for name, output in store.read_derivation(derivation).outputs.items():
        path = output.path or known.get(name)
        if path is None:
            raise UsageError(
                "Cannot use output path of floating content-addressing derivation until we know what it is"
                " (e.g. by building it)"
            )
        paths.append(path)
    return sorted(paths)


def _print_outputs(store: Store, arguments: StoreOperationArguments) -> None:
    for operand in arguments.operands:
        path = find_path(store, operand)
        outputs = _output_paths(store, path) if path.endswith(".drv") else [path]
        for output in outputs:
            print(output)


def _print_sorted(store: Store, paths: Iterable[str]) -> None:
    for path in reversed(store.sort_topologically(paths)):
        print(path)


def _print_requisites(store: Store, arguments: StoreOperationArguments) -> None:
    include_outputs = arguments.has("--include-outputs")
    chosen = _chosen(store, arguments)
    _print_sorted(store, store.compute_closure(chosen, include_outputs=include_outputs))


def _print_references(store: Store, arguments: StoreOperationArguments) -> None:
    found = {other for path in _chosen(store, arguments) for other in store.query_references(path)}
    _print_sorted(store, found)


def _print_referrers(store: Store, arguments: StoreOperationArguments) -> None:
    found = {other for path in _chosen(store, arguments) for other in store.query_referrers(path)}
    _print_sorted(store, found)


def _print_referrers_closure(store: Store, arguments: StoreOperationArguments) -> None:
    chosen = _chosen(store, arguments)
    _print_sorted(store, {*chosen, *_users(store, chosen)})


def _users(
    store: Store,
    paths: Iterable[str],
    *,
    include_outputs: bool = False,
    include_derivers: bool = False,
) -> set[str]:
    """What refers to paths, directly or not; nothing to one that is not valid."""
    return store.compute_closure(
        store.query_valid_paths(paths),
        referrers=True,
        include_outputs=include_outputs,
        include_derivers=include_derivers,
    )


def _print_derivers(store: Store, arguments: StoreOperationArguments) -> None:
    for operand in arguments.operands:
        print(store.query_path_info(find_path(store, operand)).deriver or "unknown-deriver")


def _print_valid_derivers(store: Store, arguments: StoreOperationArguments) -> None:
    found = {
        deriver
        for operand in arguments.operands
        for deriver in store.query_valid_derivers(find_path(store, operand))
    }
    _print_sorted(store, found)


def _print_binding(store: Store, arguments: StoreOperationArguments) -> None:
    name = arguments.values["--binding"]
    for operand in arguments.operands:
        derivation = _deriver(store, find_path(store, operand))
        variables = store.read_derivation(derivation).env
        if name not in variables:
            raise StoreError(f"derivation '{derivation}' has no environment binding named '{name}'")
        print(variables[name])


def _deriver(store: Store, path: str) -> str:
    if path.endswith(".drv"):
        return path
    deriver = store.query_path_info(path).deriver
    if deriver is None:
        raise StoreError(f"deriver of path '{path}' is not known")
    return deriver


def _print_hashes(store: Store, arguments: StoreOperationArguments) -> None:
    for path in _chosen(store, arguments):
        print(store.query_path_info(path).nar_hash)


def _print_sizes(store: Store, arguments: StoreOperationArguments) -> None:
    for path in _chosen(store, arguments):
        print(store.query_path_info(path).nar_size)


def _print_tree(store: Store, arguments: StoreOperationArguments) -> None:
    seen: set[str] = set()
    for operand in arguments.operands:
        graphs.write_tree(store, find_path(store, operand), seen, sys.stdout)


def _print_graph(store: Store, arguments: StoreOperationArguments) -> None:
    graphs.write_dot(store, _chosen(store, arguments), sys.stdout)


def _print_graphml(store: Store, arguments: StoreOperationArguments) -> None:
    graphs.write_graphml(store, _chosen(store, arguments), sys.stdout)


def _print_resolved(store: Store, arguments: StoreOperationArguments) -> None:
    for operand in arguments.operands:
        print(find_path(store, operand))


def _print_roots(store: Store, arguments: StoreOperationArguments) -> None:
    settings = store.settings
    keepers = _users(
        store,
        _chosen(store, arguments),
        include_outputs=settings.keep_outputs,
        include_derivers=settings.keep_derivations,
    )
    for path, links in sorted(store.find_roots().items()):
        if path in keepers:
            for link in sorted(links):
                print(f"{link} -> {path}")


_ANSWERS: Final[dict[str, Callable[[Store, StoreOperationArguments], None]]] = {
    "--outputs": _print_outputs,
    "--requisites": _print_requisites,
    "--references": _print_references,
    "--referrers": _print_referrers,
    "--referrers-closure": _print_referrers_closure,
    "--deriver": _print_derivers,
    "--valid-derivers": _print_valid_derivers,
    "--binding": _print_binding,
    "--hash": _print_hashes,
    "--size": _print_sizes,
    "--tree": _print_tree,
    "--graph": _print_graph,
    "--graphml": _print_graphml,
    "--resolve": _print_resolved,
    "--roots": _print_roots,
}


def print_environment(arguments: StoreOperationArguments) -> int:
    """`--print-env`: the variables of a derivation as shell commands, its arguments last."""
    if len(arguments.operands) != 1:
        raise UsageError("'--print-env' requires one derivation store path")
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        derivation = store.read_derivation(store.parse_path(arguments.operands[0]))
    for name, text in sorted(derivation.env.items()):
        # The empty line is what Nix prints, too.
        print(f"export {name}; {name}={_quote(text)}\n")
    print(f"export _args; _args={_quote(' '.join(derivation.args))}")
    return 0


def _quote(text: str) -> str:
    quoted = text.replace("'", "'\\''")
    return f"'{quoted}'"


def read_log(arguments: StoreOperationArguments) -> int:
    """`--read-log`: prints build logs, from caches too."""
    from neve.cli.build_logs import find_log

    with make_opener(arguments, is_old_command=True) as opener:
        store = open_store(opener, arguments)
        for operand in arguments.operands:
            path = find_path(store, operand)
            log, _ = find_log(opener, store, path)
            if log is None:
                raise StoreError(f"build log of derivation '{path}' is not available")
            sys.stdout.buffer.write(log)
    return 0
