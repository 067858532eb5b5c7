"""Ctrl-C for work that a thread does on behalf of another one, which alone hears of signals.

with heard(worker.interrupt):     # on the thread that works
    worker.run()

with noticed() as stop:           # the same for a loop
    while work():
        stop.check()

announce()                        # on the thread that was interrupted while it waits
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final, Self

_listeners: Final[list[Callable[[], None]]] = []


class heard:  # noqa: N801 - it reads as the function that it might be
    """Inside the block an interruption calls `end_work`, on any thread and perhaps more than once."""

    def __init__(self, end_work: Callable[[], None]) -> None:
        self._end_work: Final = end_work

    def __enter__(self) -> None:
        _listeners.append(self._end_work)

    def __exit__(self, *_: object) -> None:
        _listeners.remove(self._end_work)


class noticed:  # noqa: N801 - as above
    """Inside the block `check` raises `KeyboardInterrupt` once there was an interruption."""

    def __init__(self) -> None:
        self._has_come = False
        self._hearing: Final = heard(self._notice)

    def __enter__(self) -> Self:
        self._hearing.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._hearing.__exit__()

    def check(self) -> None:
        """Raises `KeyboardInterrupt` if the work is to end."""
        if self._has_come:
            raise KeyboardInterrupt

    def _notice(self) -> None:
        self._has_come = True


def announce() -> None:
    """Tells everything under way that whoever waits for it was interrupted."""
    for end_work in tuple(_listeners):
        end_work()
