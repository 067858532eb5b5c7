"""A store on another machine, over ssh (`ssh://[USER@]HOST[:PORT]`): its `nix-store --serve` answers.

Parameters of the address: `compress`, `ssh-key`, `remote-program`, `remote-store`, `store`. Options for ssh come from
NIX_SSHOPTS. The host `localhost` is this machine, without ssh.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import threading
from typing import IO, TYPE_CHECKING, Final

from neve import process
from neve.cache import serve
from neve.cache.serve import Request
from neve.errors import InvalidPathError, StoreError
from neve.store.paths import parse_store_path
from neve.store.wire import WireReader, encode_number, encode_string, encode_strings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from neve.log import Logger
    from neve.store.info import PathInfo
    from neve.store.interface import Read, Write

PARAMETERS: Final = frozenset({"compress", "ssh-key", "remote-program", "remote-store", "store"})
_PIECE: Final = 1 << 16
_ANSWER_SHOWN: Final = 200
"""Bytes of an answer in the wrong format that the error shows."""


class SshStore:
    """A remote store; one request at a time."""

    def __init__(self, host: str, parameters: Mapping[str, str], log: Logger) -> None:
        """Connects at the first request."""
        for name in parameters:
            if name not in PARAMETERS:
                raise StoreError(f"unknown parameter '{name}' of 'ssh://{host}'")
        if not host or host.startswith("-") or "@-" in host:
            raise StoreError(f"'{host}' is no name of a host")
        self._host: Final = host
        self._parameters: Final = parameters
        self._log: Final = log
        self._mutex: Final = threading.RLock()
        self._process: subprocess.Popen[bytes] | None = None
        self._known: Final[dict[str, PathInfo]] = {}

    @property
    def uri(self) -> str:
        """`ssh://` and the host."""
        return f"ssh://{self._host}"

    @property
    def store_dir(self) -> str:
        """The folder that the store's paths are named after."""
        return self._parameters.get("store", "/nix/store")

    def close(self) -> None:
        """Ends the connection."""
        with self._mutex:
            if self._process is None:
                return
            with contextlib.suppress(OSError):
                self._stdin(self._process).close()
            self._process.wait()
            self._stdout(self._process).close()
            self._process = None

    # -- queries

    def is_valid_path(self, path: str) -> bool:
        """Whether the store has the path."""
        return bool(self.query_valid_paths([path]))

    def query_valid_paths(self, wanted: Iterable[str], *, substitute: bool = False) -> set[str]:
        """Those of the paths that the store has; with `substitute`, it gets from its caches what they have."""
        with self._request(
            Request.QUERY_VALID_PATHS,
            encode_number(1) + encode_number(int(substitute)) + encode_strings(sorted(set(wanted))),
        ) as stream:
            return set(map(self._parse_path, stream.strings()))

    def query_path_info(self, path: str) -> PathInfo:
        """Raises `InvalidPathError`."""
        with self._mutex:
            if path not in self._known:
                self._known.update(self._query_path_infos([path]))
            if path not in self._known:
                raise InvalidPathError(path)
            return self._known[path]

    def _query_path_infos(self, wanted: Iterable[str]) -> dict[str, PathInfo]:
        infos: dict[str, PathInfo] = {}
        with self._request(Request.QUERY_PATH_INFOS, encode_strings(sorted(wanted))) as stream:
            while text := stream.string():
                path = self._parse_path(text)
                infos[path] = serve.read_info(stream, path, self._parse_path)
        return infos

    def compute_closure(
        self, start: Iterable[str], *, include_outputs: bool = False
    ) -> dict[str, PathInfo]:
        """Metadata of the paths and of all that they refer to, in two requests."""
        with self._request(
            Request.QUERY_CLOSURE,
            encode_number(int(include_outputs)) + encode_strings(sorted(set(start))),
        ) as stream:
            closure = set(map(self._parse_path, stream.strings()))
        infos = self._query_path_infos(closure)
        with self._mutex:
            self._known.update(infos)
        return infos

    def query_all_valid_paths(self) -> set[str]:
        """Cannot be asked."""
        raise StoreError(f"'{self.uri}' cannot list its paths")

    def query_path_from_hash_part(self, hash_part: str) -> str | None:
        """Cannot be asked."""
        raise StoreError(
            f"'{self.uri}' cannot be asked for the path that begins with '{hash_part}'"
        )

    # -- archives

    def dump_nar(self, path: str, write: Write) -> None:
        """Writes an object's archive in pieces."""
        size = self.query_path_info(path).nar_size
        with self._request(Request.DUMP_STORE_PATH, encode_string(path)) as stream:
            read = stream.limited(size)
            while piece := read(_PIECE):
                write(piece)

    def add_nar(
        self, info: PathInfo, read: Read, *, repair: bool = False, check_signatures: bool = True
    ) -> None:
        """Sends an object; see `AnyStore.add_nar`. The other side trusts whom ssh lets in."""
        del repair, check_signatures
        with self._request(Request.ADD_TO_STORE_NAR, serve.encode_addition(info), read) as stream:
            if stream.number() != 1:
                raise StoreError(f"failed to add path '{info.path}' to remote host '{self._host}'")

    def add_signatures(self, path: str, signatures: Iterable[str]) -> None:
        """Cannot be asked."""
        del signatures
        raise StoreError(f"'{self.uri}' cannot be asked to add signatures to '{path}'")

    def read_build_log(self, path: str) -> bytes | None:
        """Cannot be asked, so it has none."""
        del path
        return None

    def write_build_log(self, derivation: str, log: bytes) -> None:
        """Cannot be asked."""
        del log
        raise StoreError(f"'{self.uri}' cannot be given the log of '{derivation}'")

    # -- the connection

    def _parse_path(self, text: str) -> str:
        return parse_store_path(text, self.store_dir)

    @contextlib.contextmanager
    def _request(
        self, request: Request, arguments: bytes, body: Read | None = None
    ) -> Iterator[WireReader]:
        """Sends a request; the block reads its answer. A connection that fails in between is given up."""
        with self._mutex:
            connection = self._connect()
            stdin, stdout = self._stdin(connection), self._stdout(connection)
            is_good = False
            try:
                stdin.write(encode_number(request) + arguments)
                while body is not None and (piece := body(_PIECE)):
                    stdin.write(piece)
                stdin.flush()
                yield WireReader(lambda size: os.read(stdout.fileno(), size))
                is_good = True
            except OSError as error:
                raise StoreError(f"talking to '{self.uri}': {error.strerror}") from error
            finally:
                if not is_good:
                    self._abandon()

    def _connect(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = self._command()
            started = process.spawn(
                command,
                environment=os.environ,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._process = started
            try:
                self._greet(started)
            except BaseException:
                self._abandon()
                raise
        return self._process

    def _command(self) -> list[str]:
        program = shlex.split(self._parameters.get("remote-program", "nix-store"))
        remote = [*program, "--serve", "--write"]
        if self._parameters.get("remote-store"):
            remote += ["--store", self._parameters["remote-store"]]
        if self._host == "localhost":
            return remote
        name, _, port = self._host.partition(":")
        options = shlex.split(os.environ.get("NIX_SSHOPTS", ""))
        if self._parameters.get("ssh-key"):
            options += ["-i", self._parameters["ssh-key"]]
        if self._parameters.get("compress") in {"true", "1", "yes"}:
            options.append("-C")
        if port:
            options.append(f"-p{port}")
        return ["ssh", name, "-x", *options, "--", shlex.join(remote)]

    def _greet(self, connection: subprocess.Popen[bytes]) -> None:
        stdin, stdout = self._stdin(connection), self._stdout(connection)
        # Who has ended already may have said why.
        with contextlib.suppress(BrokenPipeError):
            stdin.write(encode_number(serve.CLIENT_MAGIC) + encode_number(serve.VERSION))
            stdin.flush()
        first = _read_up_to(stdout.fileno(), 8)
        if not first:
            raise StoreError(f"cannot connect to '{self._host}'")
        if first != encode_number(serve.SERVER_MAGIC):
            with contextlib.suppress(BrokenPipeError):
                stdin.close()
            answer = first + _read_up_to(stdout.fileno(), _ANSWER_SHOWN)
            raise StoreError(
                f"'nix-store --serve' protocol mismatch from '{self._host}', "
                f"got '{answer.decode(errors='replace').strip()}'"
            )
        stream = WireReader(lambda size: os.read(stdout.fileno(), size))
        version = stream.number()
        if (
            version & serve.MAJOR_MASK != serve.VERSION & serve.MAJOR_MASK
            or version < serve.OLDEST_VERSION
        ):
            raise StoreError(f"unsupported 'nix-store --serve' protocol version on '{self._host}'")

    def _abandon(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            self._process = None

    @staticmethod
    def _stdin(connection: subprocess.Popen[bytes]) -> IO[bytes]:
        if connection.stdin is None:
            raise StoreError("the connection cannot be written")
        return connection.stdin

    @staticmethod
    def _stdout(connection: subprocess.Popen[bytes]) -> IO[bytes]:
        if connection.stdout is None:
            raise StoreError("the connection cannot be read")
        return connection.stdout


def _read_up_to(descriptor: int, size: int) -> bytes:
    """That many bytes, or what there is until the end."""
    data = b""
    while len(data) < size and (piece := os.read(descriptor, size - len(data))):
        data += piece
    return data
