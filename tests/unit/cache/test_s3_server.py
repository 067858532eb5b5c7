"""Caches in object stores: the library speaks to a server on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from typing_extensions import override

from neve.cache.copying import copy_closure
from neve.cache.opening import StoreOpener
from neve.errors import CacheError
from neve.log import SILENT
from neve.store import Store, StoreSettings

pytest.importorskip("boto3")

MISSING = b"<Error><Code>NoSuchKey</Code><Message>there is none</Message></Error>"


class Bucket(BaseHTTPRequestHandler):
    """One bucket, `/cache/KEY`; requests must be signed, as those of a client with credentials are."""

    protocol_version = "HTTP/1.1"
    objects: dict[str, bytes]
    requests: list[str]

    def do_PUT(self) -> None:
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" in self.headers.get("Content-Encoding", ""):
            data = _join_chunks(data)
        self.objects[self.path] = data
        self.answer(200)

    def do_GET(self) -> None:
        data = self.objects.get(self.path)
        if data is None:
            self.answer(404, MISSING)
            return
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        self.answer(206 if start else 200, data[start:])

    def do_HEAD(self) -> None:
        self.do_GET()

    def answer(self, status: int, data: bytes = b"") -> None:
        if not self.headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 Credential=me/"):
            status, data = 403, b"<Error><Code>InvalidAccessKeyId</Code></Error>"
        self.requests.append(f"{self.command} {status}")
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    @override
    def log_message(self, format: str, *arguments: Any) -> None:
        del format, arguments


def _join_chunks(data: bytes) -> bytes:
    """The content of an upload in chunks, each `SIZE[;…]` in base 16, its bytes, and at the end a checksum."""
    parts = []
    while data:
        line, _, rest = data.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        if size == 0:
            break
        parts.append(rest[:size])
        data = rest[size + 2 :]
    return b"".join(parts)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[tuple[str, type[Bucket]]]:
    """The address of a cache, and the class with what is in it."""
    handler = type("BoundBucket", (Bucket,), {"objects": {}, "requests": []})
    for name in ("http_proxy", "HTTP_PROXY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "me")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"s3://cache?endpoint=http://127.0.0.1:{server.server_port}&region=eu-west-1", handler
    server.shutdown()
    thread.join()
    server.server_close()


def add_two(store: Store) -> list[str]:
    """Two objects, the second of which refers to the first."""
    first = store.add_text("first", b"1" * 1000)
    return [first, store.add_text("second", first.encode(), [first])]


def test_a_closure_goes_there_and_back(
    bucket: tuple[str, type[Bucket]],
    opener: StoreOpener,
    make_opener: Callable[..., StoreOpener],
    store: Store,
    tmp_path: Path,
) -> None:
    """What is uploaded is substituted from there by a machine that never saw it."""
    uri, server = bucket
    paths = add_two(store)
    copy_closure(store, opener.open(uri), [paths[1]], log=SILENT)
    assert sum(name.endswith(".narinfo") for name in server.objects) == 2
    other = make_opener(store=StoreSettings(gc_reserved_space=0, require_sigs=False))
    target = other.open_local(str(tmp_path / "target"))
    assert other.substituters(target, [uri]).substitute_closure([paths[1]]) == set()
    assert target.query_valid_paths(paths) == set(paths)
    assert target.verify(check_contents=True)


def test_an_altered_object_is_refused(
    bucket: tuple[str, type[Bucket]],
    opener: StoreOpener,
    make_opener: Callable[..., StoreOpener],
    store: Store,
    tmp_path: Path,
) -> None:
    """Whoever can write to the bucket cannot make another archive count."""
    uri, server = bucket
    path = store.add_text("text", b"1" * 1000)
    copy_closure(store, opener.open(f"{uri}&compression=none"), [path], log=SILENT)
    for name, data in server.objects.items():
        if name.endswith(".nar"):
            server.objects[name] = data.replace(b"1" * 1000, b"1" * 999 + b"2")
    other = make_opener(store=StoreSettings(gc_reserved_space=0, require_sigs=False))
    target = other.open_local(str(tmp_path / "target"))
    with pytest.raises(CacheError, match="hash mismatch"):
        other.substituters(target, [uri]).substitute_closure([path])
    assert not target.is_valid_path(path)


def test_without_the_right_to_write(
    bucket: tuple[str, type[Bucket]],
    opener: StoreOpener,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The store's answer is passed on, with what was being done."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    uri, _ = bucket
    path = store.add_text("text", b"1")
    with pytest.raises(CacheError, match="binary cache") as caught:
        copy_closure(store, opener.open(uri), [path], log=SILENT)
    assert "s3://cache" in str(caught.value)
