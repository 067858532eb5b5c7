"""Ctrl-C for work that a thread does on behalf of another one, which alone hears of signals.

with heard(worker.interrupt):     # on the thread that works
    worker.run()

announce()                        # on the thread that was interrupted while it waits
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_listeners: Final[list[Callable[[], None]]] = []


@contextmanager
def heard(end_work: Callable[[], None]) -> Iterator[None]:
    """Inside the block an interruption calls `end_work`, on any thread and perhaps more than once."""
    _listeners.append(end_work)
    try:
        yield
    finally:
        _listeners.remove(end_work)


def announce() -> None:
    """Tell everything under way that whoever waits for it was interrupted."""
    for end_work in tuple(_listeners):
        end_work()
