"""Ctrl-C for work that a thread does on behalf of another one, which alone hears of signals.

with heard(worker.interrupt):     # on the thread that works
    worker.run()

announce()                        # on the thread that was interrupted while it waits
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

_listeners: Final[list[Callable[[], None]]] = []


class heard:  # noqa: N801 - it reads as the function that it might be
    """Inside the block an interruption calls `end_work`, on any thread and perhaps more than once."""

    def __init__(self, end_work: Callable[[], None]) -> None:
        self._end_work: Final = end_work

    def __enter__(self) -> None:
        _listeners.append(self._end_work)

    def __exit__(self, *_: object) -> None:
        _listeners.remove(self._end_work)


def announce() -> None:
    """Tell everything under way that whoever waits for it was interrupted."""
    for end_work in tuple(_listeners):
        end_work()
