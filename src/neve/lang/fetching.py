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
    from neve.store import Store


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
        self._opener: StoreOpener | None = None
        self._store: Store | None = None

    def fetch(self, function: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """See `neve._core.Host.fetch`."""
        if function == "fetchClosure":
            return {"outPath": self._fetch_closure(arguments)}
        return self.fetcher.fetch(function, arguments)

    @property
    def fetcher(self) -> Fetcher:
        """What fetches."""
        if self._fetcher is None:
            self._fetcher = self._open()
        return self._fetcher

    def _stores(self) -> tuple[StoreOpener, Store]:
        if self._opener is None or self._store is None:
            uri = self._store_uri
            self._opener = self._open_stores()
            self._store = self._opener.open_local("auto" if uri in {"", "daemon"} else uri)
        return self._opener, self._store

    def _open(self) -> Fetcher:
        from neve.fetch.fetcher import Fetcher, Services
        from neve.lang.flake_files import read_flake_file

        opener, store = self._stores()
        settings = fetch_settings(self._settings)

        def provide() -> str:
            from neve.lang.embedded_channel import EmbeddedChannel

            return EmbeddedChannel(store, settings, self._settings.text("system")).provide()

        is_embedded = self._settings.text("nixpkgs-provider") == "embedded"
        return Fetcher(
            store,
            opener.transfers,
            settings,
            services=Services(
                provide=provide if is_embedded else None,
                substitute=self.substitute,
                read_flake_file=lambda file: read_flake_file(self._settings, file),
            ),
        )

    def substitute(self, path: str) -> bool:
        """Makes a store path and all that it refers to valid, from binary caches; whether it is."""
        opener, store = self._stores()
        return path not in opener.substituters(store).substitute_closure([path])

    def _fetch_closure(self, arguments: dict[str, Any]) -> str:
        from neve.cache.closures import fetch_closure

        opener, store = self._stores()
        source = opener.open_cache(str(arguments["fromStore"]), store_dir=store.store_dir)
        return fetch_closure(source, store, arguments)


def fetch_settings(settings: Settings) -> FetchSettings:
    """What the settings in force say of fetching."""
    from neve.cache.settings import cache_dir
    from neve.fetch.settings import FetchSettings
    from neve.settings import configuration_dir, user_configuration_dir

    return FetchSettings(
        cache_dir=cache_dir(settings.environment),
        tarball_ttl=settings.number("tarball-ttl"),
        allow_dirty=settings.flag("allow-dirty"),
        warn_dirty=settings.flag("warn-dirty"),
        use_registries=settings.flag("use-registries"),
        flake_registry=settings.text("flake-registry"),
        debian_mirror=settings.text("debian-mirror"),
        debian_snapshot=settings.text("debian-snapshot"),
        access_tokens=tuple(settings.mapping("access-tokens").items()),
        registry_files=(
            f"{user_configuration_dir(settings.environment)}/registry.json",
            f"{configuration_dir(settings.environment)}/registry.json",
        ),
    )
