"""The settings that a local store obeys, named as in `nix.conf`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from neve.settings import Settings


def read_fields(kind: type, settings: Settings) -> dict[str, Any]:
    """Values for the fields of a dataclass that are settings, each named as its setting with `_` for `-`."""
    values: dict[str, Any] = {}
    for field in fields(kind):
        try:
            value = settings.value(field.name.replace("_", "-"))
        except KeyError:
            continue
        values[field.name] = tuple(value) if isinstance(value, list) else value
    return values


@dataclass(frozen=True)
class StoreSettings:
    """How a local store behaves; each field is the setting of that name with `-` for `_`."""

    keep_outputs: bool = False
    keep_derivations: bool = True
    auto_optimise_store: bool = False
    fsync_metadata: bool = True
    fsync_store_paths: bool = False
    sync_before_registering: bool = False
    use_sqlite_wal: bool = True
    allow_symlinked_store: bool = False
    require_sigs: bool = True
    trusted_public_keys: tuple[str, ...] = ()
    secret_key_files: tuple[str, ...] = ()
    """What is signed with one of these is trusted as well."""
    gc_reserved_space: int = 8 << 20
    """Bytes kept in a file of their own, so that a collection can start on a full disk."""
    min_free: int = 0
    """A collection starts by itself when fewer bytes than this are free."""
    max_free: int = (1 << 63) - 1
    """Such a collection stops when this many bytes are free."""
    min_free_check_interval: int = 5
    """Seconds between two looks at the free space."""
    build_users_group: str = ""
    read_only: bool = False
    """Nothing is written, no lock is taken. No setting but a parameter of a store's address."""

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """What the settings in force say."""
        return cls(**read_fields(cls, settings))
