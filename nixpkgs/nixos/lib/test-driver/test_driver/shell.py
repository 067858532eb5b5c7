r"""The root shell in a machine, reached through virtio.

The guest's side is a bash that reads a device as its script (`backdoor.service`); it prints `READY` when it listens.
That device is the port `PORT_NAME` where the machine has it, otherwise the first virtio console: consoles take input in
pieces of sixteen bytes with pauses in between, and lose output when the host does not read at once; ports do neither.

The driver defines one function there, and from then on sends a line `__neve_run NONCE $'COMMAND'` for each command.
The function forks (nothing is executed but the command itself), and frames what the command writes:

    \0 NONCE <  …output, as it is…  \0 NONCE > STATUS \n

The nonce is new for each command, so output of something left in the background is not taken for a command's.
"""

from __future__ import annotations

import contextlib
import re
import secrets
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

from test_driver.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

PORT_NAME: Final = "test-driver.shell"
"""The name of the virtio port, by which the guest finds it in /sys/class/virtio-ports."""
READY: Final = b"Spawning backdoor root shell..."
_RESTARTED: Final = b"\0\n" + READY
"""What the unit prints when it starts: in the midst of a command, it says that the shell died."""
_DEFINE: Final = (
    rb"""__neve_run() { printf '\0%s<' "$1"; (set -euo pipefail; eval 'shift 2"""
    rb"""'$'\n'"$2") </dev/null; printf '\0%s>%d\n' "$1" "$?"; }"""
    b"\n"
)
_TICK_SECONDS: Final = 1.0
_END_SECONDS: Final = 5.0
"""How long QEMU may take to end after it closed its connections."""
_CHUNK: Final = 1 << 18
_SPECIAL: Final = re.compile(rb"[\x00-\x1f\x7f'\\]")


class Shell:
    """The driver's end: listens on sockets that QEMU connects to. Commands run one at a time."""

    def __init__(self, paths: Sequence[Path], check_alive: Callable[[], None]) -> None:
        """Listen at `paths`, one for each device on which the guest's shell may be.

        `check_alive` raises when the machine has ended; it is called while waiting.
        """
        self._check_alive: Final = check_alive
        self._devices: Final = selectors.DefaultSelector()
        for path in paths:
            path.unlink(missing_ok=True)
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(path))
            listener.listen(1)
            self._devices.register(listener, selectors.EVENT_READ)
        self._connection: socket.socket | None = None
        self._lock: Final = threading.RLock()
        self._rest = b""
        self.may_be_new = False
        """Whether a restart of the shell is no surprise; the next command tells."""
        self.restarts = 0
        """How often another shell took the place of one; what ran in the background of that is gone, too."""

    def wait_until_ready(self, hint: Callable[[float], None]) -> None:
        """Wait, without a limit, for the shell to say that it listens; `hint` hears the seconds every half minute.

        Raises `MachineError` when the machine ends meanwhile.
        """
        begin = time.monotonic()
        next_hint = 30.0
        seen: dict[object, bytes] = {}
        with self._lock:
            self._connection = None
            while self._connection is None:
                for device in self._ready_devices():
                    tail = seen.get(device, b"") + self._receive(device)
                    if READY in tail:
                        self._connection = device
                    seen[device] = tail[-len(READY) :]
                waited = time.monotonic() - begin
                if waited >= next_hint:
                    hint(waited)
                    next_hint += 30.0
            self._send(_DEFINE)
            self._rest = b""

    def run(self, command: str) -> tuple[int, bytes]:
        """Run `command` with the options `-euo pipefail`: its exit status and standard output.

        Raises `MachineError` when the machine or its shell ends before the command does.
        """
        with self._lock:
            nonce = self._start(command)
            return self._finish(nonce, command)

    def start(self, command: str) -> None:
        """Run `command` without waiting for anything; the next command starts when this one is over."""
        with self._lock:
            self._start(command)

    def send_line(self, text: str) -> None:
        """Give the shell a line as it is."""
        self._send(text.encode() + b"\n")

    @contextlib.contextmanager
    def borrow(self) -> Iterator[socket.socket]:
        """The connection itself, for a person at a terminal; nothing else uses it meanwhile.

        Should the person end the shell, the one that follows serves the next commands.
        """
        with self._lock:
            connection = self._connected()
            connection.settimeout(None)
            try:
                yield connection
            finally:
                connection.settimeout(_TICK_SECONDS)
                self.may_be_new = True
                self._send(_DEFINE)

    def close(self) -> None:
        """Let go of the sockets."""
        for key in list(self._devices.get_map().values()):
            _socket_of(key).close()
        self._devices.close()
        self._connection = None

    def _start(self, command: str) -> bytes:
        nonce = secrets.token_hex(8).encode()
        self._send(b"__neve_run %s %s\n" % (nonce, quote(command)))
        return nonce

    def _finish(self, nonce: bytes, command: str) -> tuple[int, bytes]:
        begin, end = b"\0" + nonce + b"<", b"\0" + nonce + b">"
        data = bytearray(self._rest)
        searched = 0
        while True:
            found = data.find(end, searched)
            line_end = -1 if found < 0 else data.find(b"\n", found)
            if line_end >= 0:
                break
            restarted = data.find(_RESTARTED, searched)
            self.restarts += restarted >= 0
            if restarted >= 0 and self.may_be_new:
                del data[: restarted + len(_RESTARTED)]
                self.may_be_new, searched = False, 0
                continue
            if restarted >= 0:
                # The new one is ready, for who catches this.
                self._send(_DEFINE)
                self._rest = b""
                raise MachineError(f"the root shell died while it ran `{command}`")
            searched = max(0, len(data) - len(end) - len(_RESTARTED)) if found < 0 else found
            data += self._receive(self._connected())
        self._rest = bytes(data[line_end + 1 :])
        self.may_be_new = False
        start = data.find(begin) + len(begin)
        return int(data[found + len(end) : line_end]), bytes(data[start:found])

    def _send(self, data: bytes) -> None:
        connection = self._connected()
        view = memoryview(data)
        while view:
            try:
                view = view[connection.send(view) :]
            except TimeoutError:
                self._check_alive()
            except OSError as error:
                self._wait_for_end()
                raise MachineError(f"the connection to the root shell broke: {error}") from error

    def _ready_devices(self) -> Iterator[socket.socket]:
        """Connections with something to read, within a second; accepts those that QEMU opens."""
        events = self._devices.select(_TICK_SECONDS)
        if not events:
            self._check_alive()
        for key, _ in events:
            ready = _socket_of(key)
            if ready.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                connection, _ = ready.accept()
                connection.settimeout(_TICK_SECONDS)
                self._devices.register(connection, selectors.EVENT_READ)
                self._devices.unregister(ready)
                ready.close()
            else:
                yield ready

    def _receive(self, connection: socket.socket) -> bytes:
        """Some bytes, or none when a second brought none."""
        try:
            data = connection.recv(_CHUNK)
        except TimeoutError:
            self._check_alive()
            return b""
        except OSError as error:
            data = b""
            cause = f": {error}"
        else:
            cause = ""
        if not data:
            self._wait_for_end()
            raise MachineError(f"QEMU closed the connection to the root shell{cause}")
        return data

    def _wait_for_end(self) -> None:
        """Raise what `check_alive` does when the machine ends: QEMU closes connections a little before that."""
        deadline = time.monotonic() + _END_SECONDS
        while time.monotonic() < deadline:
            self._check_alive()
            time.sleep(_END_SECONDS / 100)

    def _connected(self) -> socket.socket:
        if self._connection is None:
            raise MachineError("the root shell is not connected")
        return self._connection


def _socket_of(key: selectors.SelectorKey) -> socket.socket:
    if not isinstance(key.fileobj, socket.socket):
        raise TypeError("only sockets are registered")
    return key.fileobj


def quote(command: str) -> bytes:
    """`command` as a word `$'…'` of bash, on one line; a NUL, which no command can hold, raises `ValueError`."""
    data = command.encode()
    if b"\0" in data:
        raise ValueError("a command cannot contain a NUL byte")
    return b"$'" + _SPECIAL.sub(lambda match: b"\\%03o" % match[0][0], data) + b"'"
