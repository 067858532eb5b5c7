"""`nix-store --serve`: answers another machine's requests on standard input and output."""

from __future__ import annotations

import sys

from neve.cache import serve as protocol
from neve.cache.serve import Request
from neve.cli.building import BuildFlow, output_goals
from neve.cli.nix_store_operations.archiving import read_input
from neve.cli.stores import make_opener, open_local_store
from neve.errors import BuildError, StoreError, UsageError
from neve.store.wire import WireReader, encode_number, encode_string, encode_strings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

    from neve.cache.opening import StoreOpener
    from neve.cli.nix_store import StoreOperationArguments
    from neve.store import Store


def serve(arguments: StoreOperationArguments) -> int:
    """`--serve`: until the input ends; with `--write`, the other side may add and build paths."""
    if arguments.operands:
        raise UsageError("no arguments expected")
    with (
        make_opener(arguments, is_old_command=True) as opener,
        open_local_store(opener, arguments) as store,
    ):
        _Server(opener, store, arguments).run()
    return 0


class _Server:
    def __init__(
        self, opener: StoreOpener, store: Store, arguments: StoreOperationArguments
    ) -> None:
        self._opener: Final = opener
        self._store: Final = store
        self._arguments: Final = arguments
        self._may_write: Final = arguments.has("--write")
        self._stream: Final = WireReader(read_input)
        self._out: Final = sys.stdout.buffer
        self._answers: Final[dict[int, Callable[[], None]]] = {
            Request.QUERY_VALID_PATHS: self._query_valid_paths,
            Request.QUERY_PATH_INFOS: self._query_path_infos,
            Request.DUMP_STORE_PATH: self._dump,
            Request.IMPORT_PATHS: self._import,
            Request.BUILD_PATHS: self._build_paths,
            Request.QUERY_CLOSURE: self._query_closure,
            Request.ADD_TO_STORE_NAR: self._add,
        }

    def run(self) -> None:
        if self._stream.number() != protocol.CLIENT_MAGIC:
            raise StoreError("protocol mismatch")
        self._out.write(encode_number(protocol.SERVER_MAGIC) + encode_number(protocol.VERSION))
        self._out.flush()
        self._stream.number()
        while (request := self._stream.maybe_number()) is not None:
            answer = self._answers.get(request)
            if answer is None:
                raise StoreError(f"unknown serve command {request}")
            answer()
            self._out.flush()

    def _paths(self) -> list[str]:
        return [self._store.parse_path(text) for text in self._stream.strings()]

    def _require_writing(self, doing: str) -> None:
        if not self._may_write:
            raise StoreError(f"{doing} is not allowed")

    def _query_valid_paths(self) -> None:
        locks, substitutes = self._stream.number(), self._stream.number()
        wanted = self._paths()
        if locks and self._may_write:
            self._store.add_temp_roots(wanted)
        if substitutes and self._may_write:
            self._opener.substituters(self._store).substitute_closure(wanted)
        self._out.write(encode_strings(sorted(self._store.query_valid_paths(wanted))))

    def _query_path_infos(self) -> None:
        for path, info in sorted(self._store.query_path_infos(self._paths()).items()):
            self._out.write(encode_string(path) + protocol.encode_info(info))
        self._out.write(encode_string(""))

    def _query_closure(self) -> None:
        include_outputs = bool(self._stream.number())
        closure = self._store.compute_closure(self._paths(), include_outputs=include_outputs)
        self._out.write(encode_strings(sorted(closure)))

    def _dump(self) -> None:
        self._store.dump_nar(self._store.parse_path(self._stream.string()), self._out.write)

    def _import(self) -> None:
        self._require_writing("importing paths")
        self._store.import_stream(self._stream, check_signatures=False)
        self._out.write(encode_number(1))

    def _add(self) -> None:
        self._require_writing("importing paths")
        info = protocol.read_addition(self._stream, self._store.parse_path)
        read = self._stream.limited(info.nar_size)
        self._store.add_nar(info, read, check_signatures=False)
        while read(1 << 16):
            # What is valid already was not read.
            continue
        self._out.write(encode_number(1))

    def _build_paths(self) -> None:
        self._require_writing("building paths")
        wanted = self._stream.strings()
        _read_build_options(self._stream)
        try:
            flow = BuildFlow(self._opener, self._store, self._arguments)
            flow.reach([goal for text in wanted for goal in output_goals(self._store, text)])
        except BuildError as error:
            self._out.write(encode_number(error.exit_status) + encode_string(str(error)))
        else:
            self._out.write(encode_number(0))


def _read_build_options(stream: WireReader) -> None:
    """Silence limit, time limit, log limit, repetitions, determinism, whether to keep failed builds."""
    for _ in range(6):
        stream.number()
