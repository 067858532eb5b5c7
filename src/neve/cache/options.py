"""The parameters of a binary cache's address: `…?name=value&…`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

from neve.cache.compression import SUFFIXES
from neve.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_BOOLEANS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NAMES: Final = frozenset(
    {
        "compression",
        "compression-level",
        "log-compression",
        "ls-compression",
        "narinfo-compression",
        "parallel-compression",
        "priority",
        "secret-key",
        "secret-keys",
        "store",
        "trusted",
        "want-mass-query",
        "write-nar-listing",
    }
)

S3_PARAMETERS: Final = frozenset({"endpoint", "region", "profile", "scheme", "addressing-style"})
"""What caches in object stores know beside."""


@dataclass(frozen=True)
class CacheOptions:
    """How a cache is read and written."""

    store_dir: str | None = None
    """What its paths are named after; nothing for the default."""
    priority: int | None = None
    """The lower, the earlier it is asked; nothing for what the cache says itself."""
    wants_mass_query: bool | None = None
    is_trusted: bool = False
    """Whether its objects need no signature."""
    compression: str = "xz"
    compression_level: int | None = None
    parallel_compression: bool = False
    secret_key_files: tuple[str, ...] = ()
    """What is written is signed with these."""
    write_nar_listing: bool = False
    upload_compression: tuple[tuple[str, str], ...] = ()
    """For `narinfo`, `ls` and `log`: how such files are compressed on their way to a web server."""

    @classmethod
    def parse(cls, parameters: Mapping[str, str], uri: str) -> Self:
        """Raises `StoreError` for a parameter that makes no sense; for unknown ones see `unknown_parameters`."""
        reader = _Reader(parameters, uri)
        keys = [parameters.get("secret-key", ""), *parameters.get("secret-keys", "").split(",")]
        kinds = ("narinfo", "ls", "log")
        return cls(
            store_dir=parameters.get("store"),
            priority=reader.number("priority"),
            wants_mass_query=reader.boolean("want-mass-query"),
            is_trusted=reader.boolean("trusted") or False,
            compression=reader.method("compression") or "xz",
            compression_level=_level(reader.number("compression-level")),
            parallel_compression=reader.boolean("parallel-compression") or False,
            secret_key_files=tuple(key for key in keys if key),
            write_nar_listing=reader.boolean("write-nar-listing") or False,
            upload_compression=tuple(
                (kind, method) for kind in kinds if (method := reader.method(f"{kind}-compression"))
            ),
        )


def _level(number: int | None) -> int | None:
    return None if number == -1 else number


def unknown_parameters(parameters: Iterable[str], known: Iterable[str] = ()) -> list[str]:
    """Those that no cache has, or that are not in `known`."""
    return sorted(set(parameters) - _NAMES - set(known))


class _Reader:
    def __init__(self, parameters: Mapping[str, str], uri: str) -> None:
        self._parameters: Final = parameters
        self._uri: Final = uri

    def _wrong(self, name: str, wanted: str) -> StoreError:
        text = self._parameters[name]
        return StoreError(
            f"parameter '{name}' of binary cache '{self._uri}' must be {wanted}, not '{text}'"
        )

    def number(self, name: str) -> int | None:
        if name not in self._parameters:
            return None
        try:
            return int(self._parameters[name])
        except ValueError:
            raise self._wrong(name, "a number") from None

    def boolean(self, name: str) -> bool | None:
        if name not in self._parameters:
            return None
        if self._parameters[name] not in _BOOLEANS:
            raise self._wrong(name, "true or false")
        return _BOOLEANS[self._parameters[name]]

    def method(self, name: str) -> str | None:
        text = self._parameters.get(name)
        if text and text not in SUFFIXES:
            raise self._wrong(name, f"one of {', '.join(sorted(SUFFIXES))}")
        return text or None
