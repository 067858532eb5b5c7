"""Waiting for something to become true, and watching that something stays true."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from test_driver.errors import ActionTimedOutError, AssertionFailedError, MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    from test_driver.logger import Logger

DEFAULT_TIMEOUT_SECONDS: Final = 900
_FIRST_PAUSE_SECONDS: Final = 0.01
_LONGEST_PAUSE_SECONDS: Final = 0.09


def retry(
    fn: Callable[[bool], bool],
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    timeout: float | None = None,
) -> None:
    """Call `fn(False)` until it is true, but for `timeout_seconds` at most; then once more `fn(True)`.

    Raises `ActionTimedOutError` when that is false, too. `timeout` is the former name of `timeout_seconds`. The pause
    between two calls grows to less than a tenth of a second: it is all that polling adds to a wait.
    """
    limit = timeout_seconds if timeout is None else timeout
    deadline = time.monotonic() + limit
    seconds = _FIRST_PAUSE_SECONDS
    while True:
        if fn(False):  # noqa: FBT003 - the script's function takes it by position
            return
        if time.monotonic() + seconds >= deadline:
            break
        time.sleep(seconds)
        seconds = min(seconds * 1.5, _LONGEST_PAUSE_SECONDS)
    time.sleep(max(0.0, deadline - time.monotonic()))
    if not fn(True):  # noqa: FBT003
        raise ActionTimedOutError(f"action timed out after {limit:g} seconds")


class PollingCondition:
    """Something that has to stay true inside a `with` block: every call of a machine checks it when it is due."""

    def __init__(
        self,
        condition: Callable[[], bool | None],
        logger: Logger,
        active: list[PollingCondition],
        *,
        seconds_interval: float = 2.0,
        description: str | None = None,
    ) -> None:
        self.condition: Final = condition
        self.seconds_interval: Final = seconds_interval
        self.description: Final = (
            description or (condition.__doc__ or "").strip() or condition.__name__
        )
        self._logger: Final = logger
        self._active: Final = active
        self._checked_at = float("-inf")
        self._checking: Final = threading.local()

    def check(self) -> bool:
        """Evaluate the condition if it is due: whether it holds (true as well when it is not due)."""
        if getattr(self._checking, "is_under_way", False) or not self.is_overdue:
            return True
        self._checking.is_under_way = True
        try:
            with self._logger.nested(f"polling condition: {self.description}"):
                result = self.condition()
                return result is None or result
        except (AssertionFailedError, AssertionError, MachineError, OSError, ValueError):
            return False
        except Exception as error:  # noqa: BLE001 - whatever a condition raises, it does not hold
            self._logger.warning(f"polling condition {self.description} raised {error!r}")
            return False
        finally:
            self._checked_at = time.monotonic()
            self._checking.is_under_way = False

    def maybe_raise(self) -> None:
        """Raise `AssertionFailedError` when the condition is due and does not hold."""
        if not self.check():
            raise AssertionFailedError(f"polling condition failed: {self.description}")

    def wait(self, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        """Wait until the condition holds; raises `ActionTimedOutError` after `timeout` seconds."""

        def holds(_is_last: bool) -> bool:  # noqa: FBT001 - the signature of `retry`
            self._checked_at = float("-inf")
            return self.check()

        with self._logger.nested(f"waiting for {self.description}"):
            retry(holds, timeout)

    @property
    def is_overdue(self) -> bool:
        """Whether the last evaluation is longer ago than the interval."""
        return time.monotonic() >= self._checked_at + self.seconds_interval

    def __enter__(self) -> None:
        self._active.append(self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._active.remove(self)


@contextmanager
def limit_named(what: str) -> Iterator[None]:
    """Say in a time-out what was waited for."""
    try:
        yield
    except ActionTimedOutError as error:
        raise ActionTimedOutError(f"{error}: {what}") from None
