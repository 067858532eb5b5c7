"""Operations that write and read archives."""

from __future__ import annotations

import os
import sys

from neve import _core
from neve.cli.nix_commands.nar_pack import pack
from neve.cli.stores import binary_output, find_path, make_opener, open_local_store
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.cli.nix_store import StoreOperationArguments


def dump(arguments: StoreOperationArguments) -> int:
    """`--dump`: writes the archive of any file or folder."""
    if len(arguments.operands) != 1:
        raise UsageError("only one argument allowed")
    pack(arguments.operands[0])
    return 0


def restore(arguments: StoreOperationArguments) -> int:
    """`--restore`: unpacks an archive to a name that is free."""
    if len(arguments.operands) != 1:
        raise UsageError("only one argument allowed")
    target = arguments.operands[0]
    try:
        _core.restore_path(os.path.abspath(target), read_input)
    except ValueError as error:
        raise StoreError(f"cannot unpack to '{target}': {error}") from error
    return 0


def export(arguments: StoreOperationArguments) -> int:
    """`--export`: writes paths with their metadata."""
    out = binary_output()
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        store.export_paths({find_path(store, operand) for operand in arguments.operands}, out)
    sys.stdout.buffer.flush()
    return 0


def import_(arguments: StoreOperationArguments) -> int:
    """`--import`: reads what `--export` wrote; prints the paths."""
    if arguments.operands:
        raise UsageError("no arguments expected")
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        for path in store.import_paths(read_input, check_signatures=False):
            print(path)
    return 0


def read_input(size: int) -> bytes:
    """What is there on standard input, without waiting for more."""
    return os.read(sys.stdin.fileno(), size)
