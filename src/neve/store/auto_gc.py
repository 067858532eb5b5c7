"""Collections that start by themselves when the disk gets full (settings `min-free` and `max-free`)."""

from __future__ import annotations

import os
import threading
import time

from neve.errors import StoreError
from neve.log import Level

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from neve.store.local import Store

_NOTICEABLE: Final = 0.97
"""After a collection that freed too little, the next one waits until the free space is below this share of what it
left."""


class AutoCollector:
    """Looks at the free space now and then, and collects when it is low."""

    def __init__(self) -> None:
        self._mutex: Final = threading.Lock()
        self._last_check = float("-inf")
        self._free_after: float = float("inf")

    def run(self, store: Store) -> None:
        """Collects if the settings ask for it; waits for a collection of another thread."""
        if store.settings.min_free <= 0:
            return
        with self._mutex:
            now = time.monotonic()
            if now < self._last_check + store.settings.min_free_check_interval:
                return
            free = _free_bytes(store)
            self._last_check = now
            settings = store.settings
            if (
                free >= settings.min_free
                or free >= settings.max_free
                or free > self._free_after * _NOTICEABLE
            ):
                return
            from neve.store.gc import CollectionRequest, collect_garbage

            wanted = settings.max_free - free
            store.log.message(Level.INFO, f"running auto-GC to free {wanted} bytes")
            collect_garbage(store, CollectionRequest(max_freed=wanted))
            self._free_after = _free_bytes(store)
            self._last_check = time.monotonic()


def _free_bytes(store: Store) -> int:
    try:
        status = os.statvfs(store.layout.real_store_dir)
    except OSError as error:
        raise StoreError(
            f"reading the free space of '{store.layout.real_store_dir}': {error.strerror}"
        ) from error
    return status.f_bavail * status.f_frsize
