"""Stores, caches and a web server that lasts as long as a test."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from typing_extensions import override

from neve.cache.opening import StoreOpener
from neve.cache.settings import CacheSettings
from neve.store import StoreSettings
from neve.transfer_settings import TransferSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from neve.log import ActivityType, Field, Level, ResultType
    from neve.store import Store


class RecordingLogger:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.activities: list[tuple[ActivityType, str]] = []

    def message(self, level: Level, text: str) -> None:
        del level
        self.messages.append(text)

    def start(
        self,
        activity: int,
        kind: ActivityType,
        text: str,
        *,
        level: Level,
        fields: Sequence[Field],
        parent: int,
    ) -> None:
        del activity, level, fields, parent
        self.activities.append((kind, text))

    def stop(self, activity: int) -> None:
        pass

    def result(self, activity: int, kind: ResultType, fields: Sequence[Field]) -> None:
        pass


class WebServer:
    """Serves a dictionary of files; takes files with PUT; misbehaves on request."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.before: Callable[[str, BaseHTTPRequestHandler], bool] | None = None
        """Called for each request; true when it has answered itself."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_request(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.requests.append((self.command, self.path, headers))
                if outer.before is not None and outer.before(self.path, self):
                    return
                outer.answer(self)

            do_GET = do_HEAD = do_PUT = handle_request  # noqa: N815 - the base class wants these names

            @override
            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        if handler.command == "PUT":
            size = int(handler.headers["Content-Length"])
            self.files[handler.path] = handler.rfile.read(size)
            self.send(handler, 201, b"")
            return
        content = self.files.get(handler.path)
        if content is None:
            self.send(handler, 404, b"no such file")
            return
        wanted = handler.headers.get("Range", "bytes=0-")
        start = int(wanted.removeprefix("bytes=").partition("-")[0])
        self.send(handler, 206 if start else 200, content[start:])

    def send(self, handler: BaseHTTPRequestHandler, status: int, body: bytes) -> bool:
        """Answers; true, so that a `before` may end with it."""
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)
        return True

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def web() -> Iterator[WebServer]:
    server = WebServer()
    yield server
    server.close()


@pytest.fixture
def log() -> RecordingLogger:
    return RecordingLogger()


@pytest.fixture
def make_opener(log: RecordingLogger) -> Iterator[Callable[..., StoreOpener]]:
    """Openers with settings; retries are quick, and the disk cache is off unless a folder for it is given."""
    made: list[StoreOpener] = []

    def make(
        *,
        store: StoreSettings | None = None,
        transfer: TransferSettings | None = None,
        **settings: object,
    ) -> StoreOpener:
        values: dict[str, object] = {
            "store": store or StoreSettings(gc_reserved_space=0),
            "transfer": transfer or TransferSettings(download_attempts=1),
            **settings,
        }
        made.append(StoreOpener(CacheSettings(**values), log))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for opener in made:
        opener.close()


@pytest.fixture
def opener(make_opener: Callable[..., StoreOpener]) -> StoreOpener:
    return make_opener()


@pytest.fixture
def store(opener: StoreOpener, tmp_path: Path) -> Store:
    return opener.open_local(str(tmp_path / "source"))
