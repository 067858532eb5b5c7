"""What every kind of store can do: a local one, a binary cache, a store on another machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
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

    def query_all_valid_paths(self) -> set[str]:
        """Everything in the store; raises `StoreError` where that cannot be listed."""

    def query_path_from_hash_part(self, hash_part: str) -> str | None:
        """The path in the store that begins with these 32 characters."""

    def add_signatures(self, path: str, signatures: Iterable[str]) -> None:
        """Adds signatures to a path in the store."""

    def read_build_log(self, path: str) -> bytes | None:
        """The log of a derivation's build, if the store has it."""

    def write_build_log(self, derivation: str, log: bytes) -> None:
        """Keeps the log of a derivation's build."""


def address_of(store: AnyStore) -> str:
    """What messages call a store: its address without parameters, so that all stores of this machine are `local`."""
    return store.uri.partition("?")[0]
