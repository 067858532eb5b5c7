"""The files of a binary cache in an S3-compatible object store (`s3://BUCKET`).

Credentials and region come from where the AWS tools look for them; parameters of the address: `endpoint`, `region`,
`profile`, `scheme`, `addressing-style`.
"""

from __future__ import annotations

import contextlib
import threading
from typing import IO, TYPE_CHECKING, Any, Final

from neve.cache.files import MissingFileError
from neve.errors import CacheError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neve.store.interface import Read

_ATTEMPTS: Final = 5
_MISSING: Final = frozenset({"404", "NoSuchKey", "NotFound", "403", "AccessDenied"})
"""Without the right to list a bucket, what is missing is forbidden."""


class S3Files:
    """Objects of a bucket."""

    is_remote: Final = True

    def __init__(self, bucket: str, parameters: Mapping[str, str]) -> None:
        self._bucket: Final = bucket.strip("/")
        self._parameters: Final = parameters
        self._mutex: Final = threading.Lock()
        self._client: Any = None

    @property
    def uri(self) -> str:
        """`s3://` and the bucket."""
        return f"s3://{self._bucket}"

    def _open_client(self) -> Any:
        with self._mutex:
            if self._client is None:
                self._client = self._make_client()
            return self._client

    def _make_client(self) -> Any:
        try:
            import boto3
            import botocore.config
        except ImportError:
            raise StoreError(
                f"opening '{self.uri}' needs the package boto3: install it with pip install 'neve[s3]'"
            ) from None
        endpoint = self._parameters.get("endpoint")
        if endpoint and "://" not in endpoint:
            endpoint = f"{self._parameters.get('scheme', 'https')}://{endpoint}"
        style = self._parameters.get("addressing-style") or ("path" if endpoint else "auto")
        with self._explained("connecting"):
            session = boto3.Session(profile_name=self._parameters.get("profile"))
            return session.client(
                "s3",
                region_name=self._parameters.get("region") or session.region_name or "us-east-1",
                endpoint_url=endpoint,
                config=botocore.config.Config(
                    retries={"max_attempts": _ATTEMPTS, "mode": "standard"},
                    s3={"addressing_style": style},
                ),
            )

    def exists(self, name: str) -> bool:
        """Whether there is such an object."""
        client = self._open_client()
        try:
            with self._explained(f"looking for '{name}'", name):
                client.head_object(Bucket=self._bucket, Key=name)
        except MissingFileError:
            return False
        return True

    def read(self, name: str) -> bytes | None:
        """A small object, or nothing when it is missing."""
        client = self._open_client()
        try:
            with self._explained(f"downloading '{name}'", name):
                body: bytes = client.get_object(Bucket=self._bucket, Key=name)["Body"].read()
                return body
        except MissingFileError:
            return None

    def names(self) -> list[str] | None:
        """Cannot be listed."""
        return None

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[Read]:
        """An object as a stream that goes on where it broke off; raises `MissingFileError`."""
        stream = _Stream(self, name)
        try:
            yield stream.read
        finally:
            stream.close()

    def get_from(self, name: str, offset: int) -> Any:
        """The body of an object from a byte on."""
        client = self._open_client()
        wanted = {"Range": f"bytes={offset}-"} if offset else {}
        with self._explained(f"downloading '{name}'", name):
            return client.get_object(Bucket=self._bucket, Key=name, **wanted)["Body"]

    def write(self, name: str, content: IO[bytes], size: int, content_type: str) -> None:
        """Uploads an object."""
        client = self._open_client()
        content.seek(0)
        with self._explained(f"uploading '{name}'"):
            client.put_object(
                Bucket=self._bucket,
                Key=name,
                Body=content,
                ContentLength=size,
                ContentType=content_type,
            )

    @contextlib.contextmanager
    def _explained(self, doing: str, name: str | None = None) -> Iterator[None]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if name is not None and code in _MISSING:
                raise MissingFileError(name, self.uri) from error
            raise CacheError(f"{doing} in binary cache '{self.uri}': {error}") from error
        except BotoCoreError as error:
            raise CacheError(f"{doing} in binary cache '{self.uri}': {error}") from error


class _Stream:
    """An object's bytes; a connection that breaks is made anew."""

    def __init__(self, files: S3Files, name: str) -> None:
        self._files: Final = files
        self._name: Final = name
        self._offset = 0
        self._failures = 0
        self._body: Any = files.get_from(name, 0)

    def close(self) -> None:
        self._body.close()

    def read(self, size: int) -> bytes:
        from botocore.exceptions import (
            IncompleteReadError,
            ReadTimeoutError,
            ResponseStreamingError,
        )

        while True:
            try:
                piece: bytes = self._body.read(size)
            except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError) as error:
                self._failures += 1
                if self._failures >= _ATTEMPTS:
                    raise CacheError(
                        f"downloading '{self._name}' from '{self._files.uri}': {error}"
                    ) from error
                self.close()
                self._body = self._files.get_from(self._name, self._offset)
                continue
            self._offset += len(piece)
            return piece
