"""Getting good copies of damaged store paths: from caches, else by building them again."""

from __future__ import annotations

from neve.errors import CacheError, NeveError, StoreError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from neve.cache.opening import StoreOpener
    from neve.store import Store


def make_repairer(opener: StoreOpener, store: Store) -> Callable[[str], None]:
    """A function that replaces a path by a good copy, or raises `StoreError`."""
    substituters = opener.substituters(store)

    def repair(path: str) -> None:
        try:
            if substituters.substitute(path, repair=True):
                return
        except CacheError as error:
            failure: NeveError | None = error
        else:
            failure = None
        raise StoreError(f"cannot repair path '{path}'") from failure

    return repair
