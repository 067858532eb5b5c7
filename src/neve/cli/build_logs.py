"""Build logs, from the store and from caches."""

from __future__ import annotations

from neve.errors import InvalidPathError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve.cache.opening import StoreOpener
    from neve.store import AnyStore


def find_log(opener: StoreOpener, store: AnyStore, path: str) -> bytes | None:
    """The log of a derivation, or of what made a path: the store's, else that of a cache."""
    from neve.cache.binary_cache import BinaryCache
    from neve.store import Store

    if isinstance(store, Store):
        log = store.read_build_log(path)
        if log is not None:
            return log
    derivation = _deriver(store, path)
    if derivation is None:
        return None
    if isinstance(store, BinaryCache):
        return store.read_build_log(derivation)
    if not isinstance(store, Store):
        return None
    for cache in opener.substituters(store).caches:
        if isinstance(cache, BinaryCache):
            log = cache.read_build_log(derivation)
            if log is not None:
                return log
    return None


def _deriver(store: AnyStore, path: str) -> str | None:
    if path.endswith(".drv"):
        return path
    try:
        return store.query_path_info(path).deriver
    except InvalidPathError:
        return None
