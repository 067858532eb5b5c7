"""What fetching depends on, and what restricted evaluation lets it reach."""

from __future__ import annotations

from dataclasses import dataclass

from neve.errors import RestrictedError


@dataclass(frozen=True)
class FetchSettings:
    """Each field but the first is the setting of that name with `-` for `_`."""

    cache_dir: str | None = None
    """The user's folder for what can be fetched again; nothing is remembered if there is none."""
    tarball_ttl: int = 3600
    """Seconds for which what was fetched without a hash is fresh."""
    allow_dirty: bool = True
    warn_dirty: bool = True
    use_registries: bool = True
    flake_registry: str = ""
    access_tokens: tuple[tuple[str, str], ...] = ()
    """(Host or address prefix, secret), for code forges."""
    restrict_eval: bool = False
    allowed_uris: tuple[str, ...] = ()

    def check_address(self, address: str) -> None:
        """Raises `RestrictedError` for what restricted evaluation may not reach."""
        if self.restrict_eval and not any(_allows(uri, address) for uri in self.allowed_uris):
            raise RestrictedError(f"access to URI '{address}' is forbidden in restricted mode")


def _allows(prefix: str, address: str) -> bool:
    """Whether the address is the prefix, or below it; a prefix such as `github:` allows a whole scheme."""
    if not prefix or not address.startswith(prefix):
        return False
    return (
        address == prefix
        or prefix.endswith("/")
        or address[len(prefix)] == "/"
        or (prefix.endswith(":") and ":" not in prefix[:-1])
    )
