"""Caches in object stores, against a client that keeps objects in memory."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from typing_extensions import override

from neve.cache.copying import copy_closure
from neve.cache.files import MissingFileError
from neve.cache.s3 import S3Files
from neve.errors import CacheError, StoreError
from neve.log import SILENT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.unit.cache.conftest import RecordingLogger

    from neve.cache.opening import StoreOpener
    from neve.store import Store

botocore_exceptions = pytest.importorskip("botocore.exceptions")


class Body(io.BytesIO):
    """An object's bytes; the connection breaks once after a few of them."""

    def __init__(self, content: bytes, *, breaks: bool) -> None:
        super().__init__(content)
        self._breaks = breaks

    @override
    def read(self, size: int | None = -1) -> bytes:
        if self._breaks and self.tell() >= 5:
            raise botocore_exceptions.ReadTimeoutError(endpoint_url="x")
        return super().read(min(5, size or 5) if self._breaks else size)


class MemoryClient:
    """What of the library's client is used."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.requests: list[tuple[str, str, str | None]] = []
        self.breaks_next = False
        self.fails = False

    def _find(self, key: str, operation: str) -> bytes:
        if self.fails:
            raise botocore_exceptions.EndpointConnectionError(endpoint_url="x")
        if key not in self.objects:
            raise botocore_exceptions.ClientError({"Error": {"Code": "404"}}, operation)
        return self.objects[key]

    def head_object(self, Bucket: str, Key: str) -> None:  # noqa: N803 - the library's names
        del Bucket
        self._find(Key, "HeadObject")

    def get_object(self, Bucket: str, Key: str, Range: str | None = None) -> Mapping[str, Any]:  # noqa: N803
        self.requests.append((Bucket, Key, Range))
        start = int(Range.removeprefix("bytes=").removesuffix("-")) if Range else 0
        breaks, self.breaks_next = self.breaks_next, False
        return {"Body": Body(self._find(Key, "GetObject")[start:], breaks=breaks)}

    def put_object(self, Bucket: str, Key: str, Body: Any, **_: object) -> None:  # noqa: N803
        del Bucket
        self.objects[Key] = Body.read()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> MemoryClient:
    made = MemoryClient()
    monkeypatch.setattr(S3Files, "_make_client", lambda _: made)
    return made


def test_closure_goes_there_and_back(
    client: MemoryClient, opener: StoreOpener, store: Store, tmp_path: Path
) -> None:
    """An object store holds the same files as a folder."""
    path = store.add_text("b", b"b", [store.add_text("a", b"a")])
    cache = opener.open_cache("s3://bucket?region=eu-west-1&endpoint=localhost&compression=zstd")
    copy_closure(store, cache, [path], log=SILENT)
    assert "nix-cache-info" in client.objects
    assert sum(name.startswith("nar/") for name in client.objects) == 2
    target = opener.open_local(str(tmp_path / "target"))
    copy_closure(opener.open_cache("s3://bucket"), target, [path], log=SILENT)
    assert target.verify(check_contents=True)
    assert {bucket for bucket, _, _ in client.requests} == {"bucket"}


def test_broken_download_goes_on(client: MemoryClient) -> None:
    """What was received is not asked for again."""
    client.objects["a"] = b"0123456789"
    client.breaks_next = True
    with S3Files("bucket", {}).open("a") as read:
        assert b"".join(iter(lambda: read(100), b"")) == b"0123456789"
    assert client.requests == [("bucket", "a", None), ("bucket", "a", "bytes=5-")]


def test_missing_objects(client: MemoryClient) -> None:
    """Asking, reading and streaming."""
    files = S3Files("bucket", {})
    assert not files.exists("a")
    assert files.read("a") is None
    with pytest.raises(MissingFileError, match="s3://bucket"), files.open("a"):
        pass
    client.objects["a"] = b"x"
    assert files.exists("a")
    assert files.read("a") == b"x"


def test_failures_are_errors_of_the_cache(client: MemoryClient) -> None:
    """The library's own do not come through."""
    client.fails = True
    with pytest.raises(CacheError, match=r"downloading 'a' in binary cache 's3://bucket'"):
        S3Files("bucket", {}).read("a")


def test_client_is_made_from_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Endpoint, region and style reach the library."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "y")
    files = S3Files("b", {"endpoint": "localhost:9000", "scheme": "http", "region": "eu-west-1"})
    client = files._make_client()
    assert client.meta.endpoint_url == "http://localhost:9000"
    assert client.meta.region_name == "eu-west-1"
    assert client.meta.config.s3["addressing_style"] == "path"


def test_unknown_parameter_is_told(opener: StoreOpener, log: RecordingLogger) -> None:
    """As for other caches, and a known one is not."""
    opener.open_cache("s3://bucket?colour=red&region=eu-west-1")
    assert log.messages == ["unknown setting 'colour'"]


def test_missing_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an optional dependency."""
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(StoreError, match=r"neve\[s3\]"):
        S3Files("bucket", {}).read("a")
