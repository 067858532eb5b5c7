"""Downloads and uploads, and caches on web servers."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING

import pytest

from neve import transfer
from neve.cache.files import MissingFileError
from neve.cache.http import DisabledCacheError, HttpFiles
from neve.errors import CacheError, TransferError
from neve.transfer import Transfers
from neve.transfer_settings import TransferSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.server import BaseHTTPRequestHandler

    from tests.unit.cache.conftest import RecordingLogger, WebServer

BODY = bytes(range(256)) * 2000


@pytest.fixture
def make_transfers(
    log: RecordingLogger, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Transfers]]:
    monkeypatch.setattr(transfer, "_FIRST_DELAY_SECONDS", 0.001)
    made: list[Transfers] = []

    def make(**settings: object) -> Transfers:
        made.append(Transfers(TransferSettings(**settings), log))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for transfers in made:
        transfers.close()


@pytest.fixture
def transfers(make_transfers: Callable[..., Transfers]) -> Transfers:
    return make_transfers()


def test_file_is_downloaded(web: WebServer, transfers: Transfers) -> None:
    """Body, status and headers; the program says who it is."""
    web.files["/a"] = BODY
    response = transfers.get(f"{web.url}/a", headers=["X-Own: 1"])
    assert (response.status, response.body) == (200, BODY)
    assert response.headers["content-length"] == str(len(BODY))
    _, _, headers = web.requests[0]
    assert headers["user-agent"].startswith("Neve/")
    assert headers["x-own"] == "1"


def test_connection_is_kept(web: WebServer, transfers: Transfers) -> None:
    """Several requests go over one connection."""
    ports = set()

    def note(_: str, handler: BaseHTTPRequestHandler) -> bool:
        ports.add(handler.client_address[1])
        return False

    web.before = note
    web.files["/a"] = b"x"
    for _ in range(5):
        transfers.get(f"{web.url}/a")
    assert len(ports) == 1


def test_missing_and_forbidden_are_told_apart(web: WebServer, transfers: Transfers) -> None:
    """Neither is tried again; the server's words are passed on."""
    with pytest.raises(TransferError, match=r"(?s)HTTP error 404.*no such file") as caught:
        transfers.get(f"{web.url}/missing")
    assert caught.value.is_missing
    web.before = lambda _, handler: web.send(handler, 403, b"")
    with pytest.raises(TransferError) as caught:
        transfers.head(f"{web.url}/a")
    assert caught.value.is_forbidden
    assert len(web.requests) == 2


def test_passing_failures_are_tried_again(
    web: WebServer, transfers: Transfers, log: RecordingLogger
) -> None:
    """A server that is busy is asked once more, with a word about it."""
    web.files["/a"] = BODY
    web.before = lambda _, handler: len(web.requests) < 3 and web.send(handler, 503, b"busy")
    assert transfers.get(f"{web.url}/a").body == BODY
    assert len(web.requests) == 3
    assert "retrying in" in log.messages[0]
    assert "(attempt 1/5)" in log.messages[0]


def test_name_that_is_not_found_is_tried_again_once(
    make_transfers: Callable[..., Transfers], log: RecordingLogger
) -> None:
    """A machine without a network is not kept waiting for caches."""
    # No label of a name may be as long, so nobody is asked.
    with pytest.raises(TransferError, match="resolve host"):
        make_transfers().get(f"http://{'x' * 64}/a")
    assert [message.partition("retrying")[1] for message in log.messages] == ["retrying"]
    assert "(attempt 1/2)" in log.messages[0]


def test_lasting_failures_end(web: WebServer, make_transfers: Callable[..., Transfers]) -> None:
    """After the last attempt the failure is told."""
    web.before = lambda _, handler: web.send(handler, 500, b"")
    with pytest.raises(TransferError, match="HTTP error 500"):
        make_transfers(download_attempts=3).get(f"{web.url}/a")
    assert len(web.requests) == 3
    with pytest.raises(TransferError, match="HTTP error 500"):
        make_transfers(download_attempts=1).get(f"{web.url}/a")
    assert len(web.requests) == 4


def break_off(web: WebServer, handler: BaseHTTPRequestHandler, *, after: int) -> bool:
    """Sends the headers for all and a part of the first answer only."""
    if len(web.requests) > 1:
        return False
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(BODY)))
    handler.end_headers()
    handler.wfile.write(BODY[:after])
    handler.close_connection = True
    return True


def test_broken_download_goes_on(web: WebServer, transfers: Transfers) -> None:
    """What was received is not asked for again."""
    web.files["/a"] = BODY
    web.before = lambda _, handler: break_off(web, handler, after=100_000)
    with transfers.open(f"{web.url}/a") as stream:
        received = b"".join(iter(lambda: stream.read(10_000), b""))
    assert received == BODY
    assert web.requests[1][2]["range"] == "bytes=100000-"


def test_server_without_ranges_sends_all_again(web: WebServer, transfers: Transfers) -> None:
    """What is known already is skipped."""
    web.files["/a"] = BODY

    def misbehave(_: str, handler: BaseHTTPRequestHandler) -> bool:
        if break_off(web, handler, after=100_000):
            return True
        web.send(handler, 200, BODY)
        return True

    web.before = misbehave
    with transfers.open(f"{web.url}/a") as stream:
        assert b"".join(iter(lambda: stream.read(1 << 16), b"")) == BODY


def test_redirection_is_followed(web: WebServer, transfers: Transfers) -> None:
    """The answer says where it came from; endless ones are an error."""
    web.files["/b"] = BODY

    def redirect(path: str, handler: BaseHTTPRequestHandler) -> bool:
        if path == "/b":
            return False
        handler.send_response(302)
        handler.send_header("Location", "/b" if path == "/a" else "/loop")
        handler.send_header("Content-Length", "4")
        handler.end_headers()
        handler.wfile.write(b"gone")
        return True

    web.before = redirect
    response = transfers.get(f"{web.url}/a")
    assert (response.url, response.body) == (f"{web.url}/b", BODY)
    with pytest.raises(TransferError, match="redirects"):
        transfers.get(f"{web.url}/loop")


def test_dead_server_is_named(make_transfers: Callable[..., Transfers]) -> None:
    """Nobody listens, no such host, no such protocol."""
    transfers = make_transfers(download_attempts=1)
    with pytest.raises(
        TransferError, match=r"unable to download 'http://127\.0\.0\.1:1/a'"
    ) as caught:
        transfers.get("http://127.0.0.1:1/a")
    assert caught.value.status is None
    with pytest.raises(TransferError, match="gopher"):
        transfers.get("gopher://127.0.0.1/a")


def test_stalled_download_is_given_up(
    web: WebServer, make_transfers: Callable[..., Transfers]
) -> None:
    """A server that says nothing is not waited for for ever."""

    def stall(_: str, handler: BaseHTTPRequestHandler) -> bool:
        handler.close_connection = True
        time.sleep(2.5)
        return True

    web.before = stall
    with pytest.raises(TransferError, match="too slow"):
        make_transfers(download_attempts=1, stalled_download_timeout=1).get(f"{web.url}/a")


def test_downloads_keep_to_a_speed(
    web: WebServer, make_transfers: Callable[..., Transfers]
) -> None:
    """`download-speed` is in kilobytes a second."""
    web.files["/a"] = BODY
    start = time.monotonic()
    assert make_transfers(download_speed=500).get(f"{web.url}/a").body == BODY
    assert time.monotonic() - start > len(BODY) / 500 / 1024 / 2


def test_upload_is_tried_again_from_the_start(web: WebServer, transfers: Transfers) -> None:
    """The whole content arrives, though the first attempt was in vain."""

    def busy(_: str, handler: BaseHTTPRequestHandler) -> bool:
        if len(web.requests) > 1:
            return False
        handler.rfile.read(int(handler.headers["Content-Length"]))
        return web.send(handler, 503, b"")

    web.before = busy
    transfers.put(f"{web.url}/a", io.BytesIO(BODY), len(BODY), headers=["Content-Type: x/y"])
    assert web.files["/a"] == BODY
    assert web.requests[1][2]["content-type"] == "x/y"


def test_cache_files_are_found_and_missed(web: WebServer, transfers: Transfers) -> None:
    """Reading, asking and streaming; what is missing is told as such."""
    files = HttpFiles(f"{web.url}/cache/", transfers)
    web.files["/cache/a.narinfo"] = b"text"
    assert files.uri == f"{web.url}/cache"
    assert files.read("a.narinfo") == b"text"
    assert files.exists("a.narinfo")
    assert files.read("b") is None
    assert not files.exists("b")
    with pytest.raises(MissingFileError), files.open("b"):
        pass


def test_query_and_whole_urls_are_kept(web: WebServer, transfers: Transfers) -> None:
    """A narinfo may name its archive by another server, or with a query."""
    web.files["/elsewhere/x"] = b"there"
    web.files["/cache/nar/x?hash=1"] = b"here"
    files = HttpFiles(f"{web.url}/cache", transfers)
    for name, content in ((f"{web.url}/elsewhere/x", b"there"), ("nar/x?hash=1", b"here")):
        with files.open(name) as read:
            assert read(9) == content


def test_failing_cache_is_left_alone_for_a_while(
    web: WebServer, make_transfers: Callable[..., Transfers]
) -> None:
    """Where others can take its place, it is not asked at every path."""
    web.before = lambda _, handler: web.send(handler, 500, b"")
    files = HttpFiles(web.url, make_transfers(download_attempts=1), may_disable=True)
    with pytest.raises(CacheError, match="HTTP error 500"):
        files.read("a")
    with pytest.raises(DisabledCacheError, match="is disabled"):
        files.read("a")
    assert len(web.requests) == 1


def test_uploads_may_be_compressed(web: WebServer, transfers: Transfers) -> None:
    """Texts go up compressed where the address says so, and come back as they were."""
    files = HttpFiles(web.url, transfers, upload_compression={"narinfo": "gzip"})
    files.write("a.narinfo", io.BytesIO(b"text"), 4, "x/y")
    assert web.requests[0][2]["content-encoding"] == "gzip"
    assert web.files["/a.narinfo"][:2] == b"\x1f\x8b"
    files.write("nar/x", io.BytesIO(b"archive"), 7, "x/y")
    assert web.files["/nar/x"] == b"archive"


def test_failed_upload_names_the_cache(web: WebServer, transfers: Transfers) -> None:
    """Not every server takes files."""
    web.before = lambda _, handler: web.send(handler, 405, b"")
    with pytest.raises(CacheError, match="while uploading to HTTP binary cache"):
        HttpFiles(web.url, transfers).write("a", io.BytesIO(b"x"), 1, "x/y")
