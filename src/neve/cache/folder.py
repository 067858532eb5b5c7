"""The files of a binary cache in a folder (`file://`)."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
from typing import IO, TYPE_CHECKING, Final

from neve.cache.files import MissingFileError
from neve.errors import CacheError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neve.store.interface import Read

_counter: Final = itertools.count()


class FolderFiles:
    """Files below a folder; a file appears whole or not at all."""

    is_remote: Final = False

    def __init__(self, directory: str) -> None:
        self._directory: Final = directory

    @property
    def uri(self) -> str:
        """`file://` and the folder."""
        return f"file://{self._directory}"

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return os.path.exists(self._path(name))

    def read(self, name: str) -> bytes | None:
        """A file's bytes, or nothing when it is missing."""
        try:
            with self._explained("reading", name), open(self._path(name), "rb") as file:
                return file.read()
        except MissingFileError:
            return None

    @contextlib.contextmanager
    def open(self, name: str) -> Iterator[Read]:
        """A file as a stream; raises `MissingFileError`."""
        with contextlib.ExitStack() as stack:
            with self._explained("reading", name):
                file = stack.enter_context(open(self._path(name), "rb"))
            yield file.read

    def write(self, name: str, content: IO[bytes], size: int, content_type: str) -> None:
        """Creates or replaces a file in one step."""
        del size, content_type
        path = self._path(name)
        temporary = f"{path}.tmp.{os.getpid()}.{next(_counter)}"
        content.seek(0)
        with self._explained("writing", name):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            try:
                with open(temporary, "xb") as file:
                    shutil.copyfileobj(content, file, 1 << 20)
                os.rename(temporary, path)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary)
                raise

    def names(self) -> list[str] | None:
        """The files directly in the folder."""
        with self._explained("reading", self._directory):
            return os.listdir(self._directory)

    def _path(self, name: str) -> str:
        if name.startswith("/") or any(part in {"", ".", ".."} for part in name.split("/")):
            raise CacheError(
                f"binary cache '{self.uri}' names the file '{name}', which is not below it"
            )
        return f"{self._directory}/{name}"

    @contextlib.contextmanager
    def _explained(self, doing: str, name: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            raise MissingFileError(name, self.uri) from error
        except OSError as error:
            raise CacheError(
                f"{doing} '{name}' in binary cache '{self.uri}': {error.strerror}"
            ) from error
