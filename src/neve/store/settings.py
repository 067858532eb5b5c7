"""The settings that a local store obeys, named as in `nix.conf`."""

from __future__ import annotations

from neve.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Self

    from neve.settings import Settings


def read_fields(names: Iterable[str], settings: Settings) -> dict[str, Any]:
    """Values for those fields that are settings, each named as its setting with `_` for `-`."""
    values: dict[str, Any] = {}
    for name in names:
        try:
            value = settings.value(name.replace("_", "-"))
        except KeyError:
            continue
        values[name] = tuple(value) if isinstance(value, list) else value
    return values


class StoreSettings(NamedTuple):
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
    ignored_acls: tuple[str, ...] = ("security.csm", "security.selinux", "system.nfs4_acl")
    """Extended attributes that are left alone, as nobody can remove them."""
    warn_large_path_threshold: int = 0
    """Bytes of an archive from which copying files into the store is worth a warning; 0 for never."""
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
        return cls(**read_fields(cls._fields, settings))
