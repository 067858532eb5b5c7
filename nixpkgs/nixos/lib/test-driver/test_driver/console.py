"""The serial console of a machine: every line since the start, and waiting for a text on it."""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO


class SerialConsole:
    """Reads QEMU's standard output to its end in a thread of its own."""

    def __init__(self, stream: IO[bytes], on_line: Callable[[str], None]) -> None:
        """Read `stream` (unbuffered reads); `on_line` hears each line without its end."""
        self._stream: Final = stream
        self._on_line: Final = on_line
        self._lines: Final[list[str]] = []
        self._partial = ""
        self._consumed_lines = 0
        self._consumed_partial = 0
        self._is_over = False
        self._changed: Final = threading.Condition()
        self._thread: Final = threading.Thread(target=self._read, daemon=True, name="console")
        self._thread.start()

    def text(self) -> str:
        """Everything since the start."""
        with self._changed:
            return "".join(f"{line}\n" for line in self._lines) + self._partial

    def last_lines(self, count: int) -> list[str]:
        """The last `count` lines."""
        with self._changed:
            return [*self._lines[-count:], *([self._partial] if self._partial else [])][-count:]

    def wait_for(self, regex: str, timeout: float | None) -> bool:
        """Whether `regex` is found in what no earlier wait has consumed, within `timeout` seconds (`None`: no limit).

        False also when the console's end is reached. What was seen up to a match is consumed.
        """
        pattern = re.compile(regex)
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not pattern.search(self._fresh()):
                left = None if deadline is None else deadline - time.monotonic()
                if self._is_over or (left is not None and left <= 0):
                    return False
                self._changed.wait(left)
            self._consumed_lines = len(self._lines)
            self._consumed_partial = len(self._partial)
            return True

    @property
    def is_over(self) -> bool:
        """Whether QEMU has closed it."""
        return self._is_over

    def join(self, timeout: float = 5.0) -> None:
        """Wait until the last line has been read."""
        self._thread.join(timeout)

    def _fresh(self) -> str:
        fresh = self._lines[self._consumed_lines :]
        if not fresh:
            return self._partial[self._consumed_partial :]
        # The consumed part of a partial line is the head of the first line after it was completed.
        first = fresh[0][self._consumed_partial :]
        return "\n".join([first, *fresh[1:], self._partial])

    def _read(self) -> None:
        pending = b""
        while data := self._stream.read1(65536):  # type: ignore[attr-defined]
            *complete, pending = (pending + data).split(b"\n")
            lines = [line.rstrip(b"\r").decode(errors="replace") for line in complete]
            with self._changed:
                self._lines.extend(lines)
                self._partial = pending.decode(errors="replace").lstrip("\r")
                self._changed.notify_all()
            for line in lines:
                self._on_line(line)
        self._stream.close()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        if pending:
            self._on_line(pending.decode(errors="replace"))
