"""Operations on the metadata of paths."""

from __future__ import annotations

import sys

from neve import _core
from neve.cli.stores import find_path, make_opener, open_local_store
from neve.errors import InvalidPathError, StoreError, UsageError
from neve.store.registration import parse_registrations, render_registration

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.cli.nix_store import StoreOperationArguments
    from neve.store import Store


def dump_database(arguments: StoreOperationArguments) -> int:
    """`--dump-db`: the metadata of the paths, or of all, as text."""
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        paths = [find_path(store, operand) for operand in arguments.operands]
        wanted = paths or sorted(store.query_all_valid_paths())
        infos = store.query_path_infos(wanted)
        for path in wanted:
            if path not in infos:
                raise InvalidPathError(path)
            sys.stdout.write(render_registration(infos[path]))
    return 0


def load_database(arguments: StoreOperationArguments) -> int:
    """`--load-db`: registers what `--dump-db` wrote."""
    return _register(arguments, reregister=True, hash_given=True, canonicalise=False)


def register_validity(arguments: StoreOperationArguments) -> int:
    """`--register-validity`: registers paths that lie in the store."""
    return _register(
        arguments,
        reregister=arguments.has("--reregister"),
        hash_given=arguments.has("--hash-given"),
        canonicalise=True,
    )


def _register(
    arguments: StoreOperationArguments, *, reregister: bool, hash_given: bool, canonicalise: bool
) -> int:
    if arguments.operands:
        raise UsageError("no arguments expected")
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        infos = list(parse_registrations(sys.stdin, store.store_dir, hash_given=hash_given))
        valid = set() if reregister else store.query_valid_paths(info.path for info in infos)
        wanted = [info for info in infos if info.path not in valid]
        for info in wanted:
            if canonicalise:
                _canonicalise(store, info.path)
            if not hash_given:
                info.nar_sha256, info.nar_size = _summarise(store, info.path)
        store.register_valid_paths(wanted)
    return 0


def _canonicalise(store: Store, path: str) -> None:
    try:
        store.canonicalise(store.real_path(path))
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot register '{path}': {error}") from error


def _summarise(store: Store, path: str) -> tuple[bytes, int]:
    try:
        summary = _core.summarise_path(store.real_path(path))
    except (OSError, ValueError) as error:
        raise StoreError(f"cannot hash '{path}': {error}") from error
    return summary.sha256, summary.size


def check_validity(arguments: StoreOperationArguments) -> int:
    """`--check-validity`: fails for the first invalid path, or prints all of them."""
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        for operand in arguments.operands:
            path = find_path(store, operand)
            if store.is_valid_path(path):
                continue
            if not arguments.has("--print-invalid"):
                raise InvalidPathError(path)
            print(path)
    return 0
