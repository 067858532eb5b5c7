"""Operations that put files into the store."""

from __future__ import annotations

from neve import _core
from neve.cli.adding import canonical_name, source_name
from neve.cli.hashing import parse_algorithm
from neve.cli.stores import make_opener, open_local_store
from neve.errors import UsageError
from neve.store.adding import Ingestion

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.cli.nix_store import StoreOperationArguments
    from neve.store.paths import IngestionMethod


def add(arguments: StoreOperationArguments) -> int:
    """`--add`: copies files and trees; prints their paths."""
    return _add(arguments, arguments.operands, Ingestion())


def add_fixed(arguments: StoreOperationArguments) -> int:
    """`--add-fixed`: copies files as fixed outputs; prints their paths."""
    if not arguments.operands:
        raise UsageError("first argument must be hash algorithm")
    how = Ingestion(
        method=_method(arguments),
        algorithm=parse_algorithm(arguments.operands[0]),
        keep_executable=True,
    )
    return _add(arguments, arguments.operands[1:], how)


def _add(arguments: StoreOperationArguments, operands: list[str], how: Ingestion) -> int:
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        sources = [(canonical_name(operand), source_name(operand)) for operand in operands]
        for info in store.add_paths(sources, how=how):
            print(info.path)
    return 0


def print_fixed_path(arguments: StoreOperationArguments) -> int:
    """`--print-fixed-path`: prints where a fixed output would be."""
    if len(arguments.operands) != 3:
        raise UsageError("'--print-fixed-path' requires three arguments")
    algorithm, text, name = arguments.operands
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        try:
            kind, digest = _core.parse_hash(text, parse_algorithm(algorithm))
            path = _core.make_fixed_output_path(
                name, _method(arguments), kind, digest, (), store.store_dir
            )
        except ValueError as error:
            raise UsageError(str(error)) from error
    print(path)
    return 0


def _method(arguments: StoreOperationArguments) -> IngestionMethod:
    return "nar" if arguments.has("--recursive") else "flat"
