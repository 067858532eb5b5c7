"""A store in a temporary folder, a web server on this machine, and a fetcher between them."""

from __future__ import annotations

import hashlib
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pytest
from typing_extensions import override

from neve.fetch.fetcher import Fetcher, Services
from neve.fetch.settings import FetchSettings
from neve.log import SILENT, Level, SilentLogger
from neve.store import Layout, Store, StoreSettings
from neve.transfer import Transfers
from neve.transfer_settings import TransferSettings


class Messages(SilentLogger):
    """Keeps what is said."""

    def __init__(self) -> None:
        self.texts: Final[list[str]] = []

    @override
    def message(self, level: Level, text: str) -> None:
        del level
        self.texts.append(text)


@dataclass
class Site:
    """A web server's files, and what it was asked for."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """`METHOD PATH STATUS`, in order."""
    broken: set[str] = field(default_factory=set)
    """Paths that answer 501, which is never tried again."""
    cut: dict[str, int] = field(default_factory=dict)
    """Path → bytes after which the next answer breaks off."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of the last request, by lower-case name."""


class Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.site.headers = {name.lower(): value for name, value in self.headers.items()}
        if self.path in self.site.redirects:
            self.answer(302, headers={"Location": self.site.url + self.site.redirects[self.path]})
        elif self.path in self.site.broken:
            self.answer(501)
        elif self.path not in self.site.files:
            self.answer(404, b"no such file")
        else:
            self.send_file(self.site.files[self.path])

    def send_file(self, data: bytes) -> None:
        etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        if self.headers.get("If-None-Match") == etag:
            self.answer(304)
            return
        start = 0
        given = self.headers.get("Range", "")
        if given:
            start = int(given.removeprefix("bytes=").removesuffix("-"))
        stop = self.site.cut.pop(self.path, None)
        status = 206 if start else 200
        headers = {"ETag": etag}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self.answer(status, data[start:], headers=headers, stop=stop)

    def answer(
        self,
        status: int,
        data: bytes = b"",
        *,
        headers: dict[str, str] | None = None,
        stop: int | None = None,
    ) -> None:
        self.site.asked.append(f"GET {self.path} {status}")
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[:stop])
        self.close_connection = stop is not None

    @override
    def log_message(self, format: str, *arguments: Any) -> None:
        del format, arguments


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    handler = type("BoundHandler", (Handler,), {"site": site})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        site.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield site
        server.shutdown()
        thread.join(timeout=10)


@pytest.fixture
def authority() -> Any:
    """Signs certificates that nobody trusts but who is told to."""
    return pytest.importorskip("trustme").CA()


@pytest.fixture
def secure_site(authority: Any) -> Iterator[Site]:
    """The same over TLS, at `localhost`."""
    site = Site()
    handler = type("BoundHandler", (Handler,), {"site": site})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with ThreadingHTTPServer(("localhost", 0), handler) as server:
        server.daemon_threads = True
        server.socket = context.wrap_socket(server.socket, server_side=True)
        # A client that hangs up during the handshake is no news.
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        site.url = f"https://localhost:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield site
        server.shutdown()
        thread.join(timeout=10)


@pytest.fixture
def messages() -> Messages:
    return Messages()


@pytest.fixture
def store(tmp_path: Path, messages: Messages) -> Iterator[Store]:
    settings = StoreSettings(gc_reserved_space=0)
    with Store(Layout.below(tmp_path / "root"), settings, messages) as store:
        yield store


MakeFetcher = Callable[..., Fetcher]


@pytest.fixture
def make_fetcher(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeFetcher]:
    """A fetcher with settings, one after the other with the same memory; all closed in the end."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made: list[Fetcher] = []
    opened: list[Transfers] = []

    def make(
        *,
        services: Services | None = None,
        transfer: Mapping[str, Any] = MappingProxyType({}),
        **settings: Any,
    ) -> Fetcher:
        chosen = {"download_attempts": 2, "connect_timeout": 5, **transfer}
        opened.append(Transfers(TransferSettings(**chosen), SILENT))
        values = {"cache_dir": str(tmp_path / "cache"), **settings}
        made.append(Fetcher(store, opened[-1], FetchSettings(**values), services=services))
        return made[-1]

    yield make
    for fetcher in made:
        fetcher.close()
    for transfers in opened:
        transfers.close()
