"""Build logs, from the store and from caches."""

from __future__ import annotations

from neve.errors import InvalidPathError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.cache.opening import StoreOpener
    from neve.store import AnyStore


def find_log(opener: StoreOpener, store: AnyStore, path: str) -> tuple[bytes | None, str]:
    """The log of a derivation, or of what made a path: the store's, else that of a cache; and the address of either."""
    from neve.store import Store
    from neve.store.interface import address_of

    derivation = derivation_of(store, path)
    if derivation is None:
        return None, ""
    log = store.read_build_log(derivation)
    if log is not None or not isinstance(store, Store):
        return log, address_of(store)
    for cache in opener.substituters(store).caches:
        log = cache.read_build_log(derivation)
        if log is not None:
            return log, address_of(cache)
    return None, ""


def derivation_of(store: AnyStore, path: str) -> str | None:
    """The derivation that made a path, as far as the store knows; a derivation itself."""
    if path.endswith(".drv"):
        return path
    try:
        return store.query_path_info(path).deriver
    except InvalidPathError:
        return None
