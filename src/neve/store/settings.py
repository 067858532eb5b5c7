"""The settings that a local store obeys, named as in `nix.conf`."""

from dataclasses import dataclass


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
    require_sigs: bool = True
    trusted_public_keys: tuple[str, ...] = ()
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
    """Nothing is written, no lock is taken: for a store on a read-only file system."""
