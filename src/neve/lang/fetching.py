"""What lets expressions fetch: a store, connections, and the package set that comes with Neve."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Final

    from neve.cache.opening import StoreOpener
    from neve.fetch.fetcher import Fetcher
    from neve.fetch.settings import FetchSettings
    from neve.settings import Settings


class Fetching:
    """Fetches for one evaluator; everything is opened when it is first needed, and stays so as long as this lives.

    The store must: while it is open, nothing that was fetched is collected as garbage.
    """

    def __init__(
        self, settings: Settings, open_stores: Callable[[], StoreOpener], store_uri: str | None
    ) -> None:
        self._settings: Final = settings
        self._open_stores: Final = open_stores
        self._store_uri: Final = settings.text("store") if store_uri is None else store_uri
        self._fetcher: Fetcher | None = None

    def fetch(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """See `neve._core.Host.fetch`."""
        if self._fetcher is None:
            self._fetcher = self._open()
        return self._fetcher.fetch(function, arguments)

    def _open(self) -> Fetcher:
        from neve.fetch.fetcher import Fetcher

        opener = self._open_stores()
        store = opener.open_local("auto" if self._store_uri in {"", "daemon"} else self._store_uri)
        settings = fetch_settings(self._settings)

        def provide() -> str:
            from neve.lang.embedded_channel import EmbeddedChannel

            return EmbeddedChannel(store, settings, self._settings.text("system")).provide()

        is_embedded = self._settings.text("nixpkgs-provider") == "embedded"
        return Fetcher(store, opener.transfers, settings, provide=provide if is_embedded else None)


def fetch_settings(settings: Settings) -> FetchSettings:
    """What the settings in force say of fetching."""
    from neve.cache.opening import cache_dir
    from neve.fetch.settings import FetchSettings

    return FetchSettings(
        cache_dir=cache_dir(settings.environment),
        tarball_ttl=settings.number("tarball-ttl"),
        allow_dirty=settings.flag("allow-dirty"),
        warn_dirty=settings.flag("warn-dirty"),
        use_registries=settings.flag("use-registries"),
        flake_registry=settings.text("flake-registry"),
        access_tokens=tuple(settings.mapping("access-tokens").items()),
        restrict_eval=settings.flag("restrict-eval"),
        allowed_uris=tuple(settings.words("allowed-uris")),
    )
