"""QEMU's machine protocol: one JSON object a line, over a Unix socket.

Format: https://www.qemu.org/docs/master/interop/qmp-spec.html
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from test_driver.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Message = dict[str, Any]


class QmpError(MachineError):
    """QEMU refused a command."""


class QmpClient:
    """A connection that has gone through the greeting. Events that arrive in between are kept for `wait_for_event`."""

    def __init__(self, connection: socket.socket) -> None:
        """Read the greeting from `connection` and leave negotiation; raises `QmpError`."""
        self._socket: Final = connection
        self._buffer = bytearray()
        self._events: Final[deque[Message]] = deque()
        self._lock: Final = threading.RLock()
        greeting = self._read(None)
        if greeting is None or "QMP" not in greeting:
            raise QmpError(f"QEMU's greeting is not of QMP: {greeting}")
        self.send("qmp_capabilities")

    @classmethod
    def from_path(cls, path: Path) -> QmpClient:
        """Connect to the socket at `path`; raises `OSError` when nobody listens there."""
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
            return cls(connection)
        except BaseException:
            connection.close()
            raise

    def send(self, command: str, args: Mapping[str, object] | None = None) -> Message:
        """Execute `command` with `args`: QEMU's whole answer, `{"return": …}`; raises `QmpError` when it refuses."""
        message: Message = {"execute": command}
        if args:
            message["arguments"] = dict(args)
        with self._lock:
            try:
                self._socket.sendall(json.dumps(message).encode() + b"\n")
            except OSError as error:
                raise QmpError(f"QEMU does not take `{command}`: {error}") from error
            while True:
                answer = self._read(None)
                if answer is None:
                    raise QmpError(f"QEMU ended before it answered `{command}`")
                if "event" in answer:
                    self._events.append(answer)
                elif "error" in answer:
                    raise QmpError(f"QEMU refused `{command}`: {answer['error'].get('desc')}")
                else:
                    return answer

    def monitor(self, command: str) -> str:
        """What the human monitor answers to `command`."""
        answer = self.send("human-monitor-command", {"command-line": command})
        return str(answer["return"])

    def wait_for_event(self, timeout: float = 10) -> Message:
        """The oldest event not yet taken; raises `TimeoutError` when none arrives in `timeout` seconds."""
        with self._lock:
            if self._events:
                return self._events.popleft()
            message = self._read(time.monotonic() + timeout)
            if message is None:
                raise QmpError("QEMU ended while an event was waited for")
            return message

    def get_events(self) -> Iterator[Message]:
        """The events that have arrived so far."""
        while True:
            try:
                yield self.wait_for_event(timeout=0.001)
            except TimeoutError:
                return

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()

    def _read(self, deadline: float | None) -> Message | None:
        """The next message; `None` when QEMU closed the connection."""
        while (end := self._buffer.find(b"\n")) < 0:
            self._socket.settimeout(
                None if deadline is None else max(0.001, deadline - time.monotonic())
            )
            try:
                data = self._socket.recv(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        try:
            message = json.loads(line)
        except ValueError as error:
            raise QmpError(f"QEMU sent what is not JSON: {line[:80]!r}") from error
        if not isinstance(message, dict):
            raise QmpError(f"QEMU sent what is not a message: {line[:80]!r}")
        return message
