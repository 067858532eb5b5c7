"""What every kind of store can do: a local one, a binary cache, a store on another machine."""

from collections.abc import Callable, Iterable
from typing import Protocol

from neve.store.info import PathInfo

Read = Callable[[int], bytes]
"""Returns up to that many bytes, none at the end."""
Write = Callable[[bytes], object]


class AnyStore(Protocol):
    """A collection of store objects; paths are full names such as `/nix/store/<hash>-<name>`."""

    @property
    def uri(self) -> str:
        """The store's address, as `--store` takes it."""

    @property
    def store_dir(self) -> str:
        """The folder that the store's paths are named after."""

    def is_valid_path(self, path: str) -> bool:
        """Whether the store has the path."""

    def query_valid_paths(self, paths: Iterable[str]) -> set[str]:
        """Those of the paths that the store has."""

    def query_path_info(self, path: str) -> PathInfo:
        """Raises `InvalidPathError` when the store does not have the path."""

    def dump_nar(self, path: str, write: Write) -> None:
        """Writes the archive of an object in pieces.

        Raises `InvalidPathError`, and `HashMismatchError` for one that is damaged.
        """

    def add_nar(
        self, info: PathInfo, read: Read, *, repair: bool = False, check_signatures: bool = True
    ) -> None:
        """Takes an object from its archive. Does nothing when the object is there already, unless `repair`.

        Raises `UntrustedPathError` for an unsigned object where signatures are demanded, `HashMismatchError` for an
        archive that is not what `info` says; the store is then as it was.
        """
