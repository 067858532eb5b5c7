"""Operations that keep a store in order."""

from __future__ import annotations

import os

from neve import _core, terminal
from neve.cli.stores import find_path, make_opener, open_local_store
from neve.errors import InvalidPathError, StoreError, UsageError
from neve.log import Level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.cli.nix_store import StoreOperationArguments
    from neve.store import Store


def initialise(arguments: StoreOperationArguments) -> int:
    """`--init`: opening a store makes what is missing."""
    if arguments.operands:
        raise UsageError("no arguments expected")
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments),
    ):
        return 0


def verify(arguments: StoreOperationArguments) -> int:
    """`--verify`: compares database and disk; 1 when something is wrong and stays so."""
    from neve.cli.repairing import make_repairer

    if arguments.operands:
        raise UsageError("no arguments expected")
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        store.set_repairer(make_repairer(opener, store, arguments))
        is_well = store.verify(
            check_contents=arguments.has("--check-contents"), repair=arguments.has("--repair")
        )
    if not is_well:
        terminal.warn("not all store errors were fixed")
    return 0 if is_well else 1


def verify_path(arguments: StoreOperationArguments) -> int:
    """`--verify-path`: compares contents with hashes; 1 when a path was modified."""
    status = 0
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        for operand in arguments.operands:
            path = find_path(store, operand)
            store.log.message(Level.TALKATIVE, f"checking path '{path}'...")
            expected, found = store.query_path_info(path).nar_hash, _nar_hash(store, path)
            if found != expected:
                terminal.say(
                    f"path '{path}' was modified! expected hash '{expected}', got '{found}'",
                    level=0,
                )
                status = 1
    return status


def _nar_hash(store: Store, path: str) -> str:
    try:
        summary = _core.summarise_path(store.real_path(path))
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot hash '{path}': {error}") from error
    return _core.encode_hash(summary.sha256, "sha256", "nix32", prefix=True)


def repair_path(arguments: StoreOperationArguments) -> int:
    """`--repair-path`: gets good copies of paths from caches, or builds them again."""
    from neve.cli.repairing import make_repairer

    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        repair = make_repairer(opener, store, arguments)
        for operand in arguments.operands:
            path = find_path(store, operand)
            if not store.is_valid_path(path):
                raise InvalidPathError(path)
            repair(path)
    return 0


def optimise(arguments: StoreOperationArguments) -> int:
    """`--optimise`: links equal files together."""
    if arguments.operands:
        raise UsageError("no arguments expected")
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        store.optimise()
    return 0


def generate_key(arguments: StoreOperationArguments) -> int:
    """`--generate-binary-cache-key`: a pair of keys in two files."""
    from neve.store.keys import SecretKey

    if len(arguments.operands) != 3:
        raise UsageError("three arguments expected")
    name, secret_file, public_file = arguments.operands
    key = SecretKey.generate(name)
    _write_key(public_file, key.public_key, 0o666)
    _write_key(secret_file, key.text, 0o600)
    return 0


def _write_key(file: str, text: str, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with open(descriptor, "w", encoding="ascii") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
