"""What fetching depends on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FetchSettings:
    """Each field but the first and the last is the setting of that name with `-` for `_`."""

    cache_dir: str | None = None
    """The user's folder for what can be fetched again; nothing is remembered if there is none."""
    tarball_ttl: int = 3600
    """Seconds for which what was fetched without a hash is fresh."""
    allow_dirty: bool = True
    warn_dirty: bool = True
    use_registries: bool = True
    flake_registry: str = ""
    debian_mirror: str = ""
    debian_snapshot: str = ""
    access_tokens: tuple[tuple[str, str], ...] = ()
    """(Host or address prefix, secret), for code forges."""
    registry_files: tuple[str, ...] = ()
    """Of the user and of the system."""
