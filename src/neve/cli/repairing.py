"""Getting good copies of damaged store paths: from caches, else by building them again."""

from __future__ import annotations

from neve.cli.building import BuildFlow
from neve.errors import CacheError, StoreError
from neve.log import Level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from neve.cache.opening import StoreOpener
    from neve.cli.options import Arguments
    from neve.store import Store


def make_repairer(opener: StoreOpener, store: Store, arguments: Arguments) -> Callable[[str], None]:
    """A function that replaces a path by a good copy; it raises `StoreError` or `BuildError`."""
    substituters = opener.substituters(store)

    def repair(path: str) -> None:
        try:
            if substituters.substitute(path, repair=True):
                return
        except CacheError as error:
            opener.log.message(Level.ERROR, f"error: {error}")
        _rebuild(BuildFlow(opener, store, arguments), path)

    return repair


def _rebuild(flow: BuildFlow, path: str) -> None:
    from neve.builder.goals import Output

    deriver = flow.store.query_path_info(path).deriver
    if deriver is None or not flow.store.is_valid_path(deriver):
        raise StoreError(f"cannot repair path '{path}'")
    outputs = flow.store.read_derivation(deriver).outputs
    flow.reach([Output(deriver, name) for name in outputs], "repair")
