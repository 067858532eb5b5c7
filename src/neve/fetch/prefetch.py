"""A download into the store whose hash is not known yet, or to be confirmed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from neve import _core
from neve.errors import FetchError, HashMismatchError
from neve.fetch.archives import top_directory, unpack
from neve.log import Activity, Level
from neve.store.adding import Ingestion

if TYPE_CHECKING:
    from neve._core import HashAlgorithm
    from neve.fetch.addresses import OpenUrl
    from neve.store import Store

_PIECE: Final = 1 << 17


@dataclass(frozen=True)
class Prefetch:
    """What to download."""

    url: str
    name: str | None = None
    """In the store; by default the last part of the address."""
    algorithm: HashAlgorithm = "sha256"
    expected: bytes | None = None
    """The digest that it should have, with which nothing is downloaded that the store has."""
    must_unpack: bool = False
    is_executable: bool = False

    @property
    def how(self) -> Ingestion:
        """Trees and programs are hashed as archives, other files by their bytes."""
        is_archive = self.must_unpack or self.is_executable
        return Ingestion("nar" if is_archive else "flat", self.algorithm)

    @property
    def store_name(self) -> str:
        """What it is called in the store; raises `FetchError` for no legal name."""
        name = self.name
        if name is None:
            name = unquote(urlsplit(self.url).path).rpartition("/")[2]
            if not name:
                raise FetchError(f"cannot figure out file name for '{self.url}'; use --name")
        try:
            _core.check_store_path_name(name)
        except ValueError as error:
            raise FetchError(f"{error}; use --name") from error
        return name


def prefetch(store: Store, open_url: OpenUrl, wanted: Prefetch) -> tuple[str, bytes]:
    """The store path and the digest.

    Raises `FetchError`, `TransferError`, `StoreError`, and `HashMismatchError` for another digest than expected.
    """
    name, how = wanted.store_name, wanted.how
    if wanted.expected is not None:
        path = _core.make_fixed_output_path(
            name, how.method, how.algorithm, wanted.expected, (), store.store_dir
        )
        store.add_temp_root(path)
        if store.is_valid_path(path):
            return path, wanted.expected
    with store.temporary_directory() as folder:
        source = _download(f"{folder}/download", open_url, wanted)
        if wanted.must_unpack:
            with Activity(store.log, text=f"unpacking '{wanted.url}'", level=Level.CHATTY):
                unpack(source, f"{folder}/unpacked")
            source = _single_entry(f"{folder}/unpacked", wanted.url)
        info = store.add_path(source, name=name, how=how)
    assert info.content_address is not None  # noqa: S101 - it was made from the contents
    digest = _core.parse_content_address(info.content_address)[2]
    if wanted.expected not in {None, digest}:
        raise HashMismatchError(f"hash mismatch for '{wanted.url}'")
    return info.path, digest


def _download(target: str, open_url: OpenUrl, wanted: Prefetch) -> str:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(target, flags, 0o700 if wanted.is_executable else 0o600)
    with open(descriptor, "wb") as file, open_url(wanted.url) as stream:
        while piece := stream.read(_PIECE):
            file.write(piece)
    return target


def _single_entry(folder: str, url: str) -> str:
    """The one file or directory that an archive consists of, else all of it."""
    names = os.listdir(folder)
    if not names:
        raise FetchError(f"archive '{url}' is empty")
    return f"{folder}/{names[0]}" if len(names) == 1 else top_directory(folder)
