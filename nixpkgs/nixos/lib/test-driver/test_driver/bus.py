r"""systemd's own bus in a machine, reached through a virtio port: a question costs no process there.

`systemctl` takes a tenth of a second where the processor is emulated, most of it to link itself. So one
`systemd-stdio-bridge`, started by the root shell when it is first needed, stays between the port `PORT_NAME` and the
socket of systemd's manager, and the driver speaks D-Bus with it (D-Bus Specification, "Authentication Protocol" and
"Message Protocol"). The bridge's own lines around that are

    \0 NONCE \n  …D-Bus…  \0 NONCE \n
"""

from __future__ import annotations

import re
import secrets
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING, Final

from jeepney import DBusAddress, HeaderFields, Message, MessageType, Properties
from jeepney.low_level import Parser

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PORT_NAME: Final = "test-driver.bus"
"""The name of the virtio port, by which the guest finds it in /sys/class/virtio-ports."""
_SERVICE: Final = "org.freedesktop.systemd1"
_ROOT: Final = "/org/freedesktop/systemd1"
_BRIDGE: Final = r"""
device=
for port in /sys/class/virtio-ports/*; do
  if [[ -e $port/name && $(<"$port/name") == {port} ]]; then device=/dev/${{port##*/}}; fi
done
[[ $device ]] && type -P systemd-stdio-bridge >/dev/null || exit 1
(
  {drain}
  printf '\0%s\n' {nonce}
  systemd-stdio-bridge --bus-path=unix:path=/run/systemd/private || true
  printf '\0%s\n' {nonce}
) <>"$device" >&0 2>/dev/null &
"""
_DRAIN: Final = "IFS= read -r -N 1000000 -t 0.05 _ || true"
"""Takes what an earlier bridge was asked and did not read."""
_GREETING: Final = b"\0AUTH ANONYMOUS %s\r\nBEGIN\r\n" % b"test-driver".hex().encode()
_MOST_FAILURES: Final = 2
_PATIENCE_SECONDS: Final = 30.0
"""How long an answer may take; systemd is silent while it reloads its configuration."""
_TICK_SECONDS: Final = 1.0
_UNIT_TYPES: Final = (
    *("automount", "device", "mount", "path", "scope", "service", "slice", "socket", "swap"),
    *("target", "timer"),
)
_UNIT_NAME: Final = re.compile(r"[A-Za-z0-9:_.\\-]+(?:@[A-Za-z0-9:_.\\-]+)?")


class BusError(Exception):
    """systemd was not reached, or did not like the question; `systemctl` may say why."""


class Bus:
    """The driver's end: listens on a socket that QEMU connects to. Questions are asked one at a time."""

    def __init__(self, path: Path, check_alive: Callable[[], None]) -> None:
        """Listen at `path`. `check_alive` raises when the machine has ended; it is called while waiting."""
        self._check_alive: Final = check_alive
        path.unlink(missing_ok=True)
        self._listener: Final = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        self._connection: socket.socket | None = None
        self._lock: Final = threading.RLock()
        self._parser = Parser()
        self._end = b""
        """What the bridge says when it ends; empty when there is none."""
        self._tail = b""
        self._serial = 0
        self._failures = 0

    def unit_property(
        self, unit: str, name: str, run: Callable[[str], tuple[int, bytes]]
    ) -> object:
        """The property `name` of `unit` (`nginx` is `nginx.service`); `run` runs a command in the root shell.

        Raises `BusError`, and what `check_alive` and `run` raise.
        """
        return self._get(unit_path(unit), "Unit", name, run)

    def manager_property(self, name: str, run: Callable[[str], tuple[int, bytes]]) -> object:
        """The property `name` of systemd itself, otherwise like `unit_property`."""
        return self._get(_ROOT, "Manager", name, run)

    def forget(self) -> None:
        """The machine boots anew, or its root shell was replaced: the bridge is gone."""
        with self._lock:
            self._end = b""
            self._failures = 0

    def close(self) -> None:
        """Let go of the sockets."""
        self._listener.close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _get(
        self, path: str, interface: str, name: str, run: Callable[[str], tuple[int, bytes]]
    ) -> object:
        address = DBusAddress(path, _SERVICE, f"{_SERVICE}.{interface}")
        with self._lock:
            # A second time, as the bridge ends when systemd executes itself anew; but not for ever.
            problem: BusError | None = None
            while self._failures < _MOST_FAILURES:
                try:
                    if not self._end:
                        self._start_bridge(run)
                    answer = self._ask(Properties(address).get(name))
                except BusError as error:
                    problem = error
                    self._end = b""
                    self._failures += 1
                    continue
                self._failures = 0
                if answer.header.message_type is not MessageType.method_return:
                    raise BusError(f"systemd refuses to tell {name}: {answer.body}")
                return answer.body[0][1]
            raise BusError("the bridge to systemd does not work") from problem

    def _start_bridge(self, run: Callable[[str], tuple[int, bytes]]) -> None:
        nonce = secrets.token_hex(8)
        drain = _DRAIN if self._serial else ""
        status, _ = run(_BRIDGE.format(port=PORT_NAME, nonce=nonce, drain=drain))
        if status != 0:
            self._failures = _MOST_FAILURES
            raise BusError("the machine has no port or no bridge")
        end = b"\0" + nonce.encode() + b"\n"
        connection = self._accepted()
        self._read_past(end)
        connection.sendall(_GREETING)
        welcome = self._read_past(b"\r\n")
        if not welcome.startswith(b"OK "):
            raise BusError(f"the bridge refuses: {welcome[:80]!r}")
        self._parser = Parser()
        self._end = end
        self._tail = b""

    def _accepted(self) -> socket.socket:
        if self._connection is None:
            self._listener.settimeout(_TICK_SECONDS)
            try:
                self._connection, _ = self._listener.accept()
            except TimeoutError:
                raise BusError("QEMU has not connected the port") from None
            self._connection.settimeout(_TICK_SECONDS)
        return self._connection

    def _read_past(self, text: bytes) -> bytes:
        """Everything up to `text`; nothing follows it before the driver writes something."""
        data = b""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while text not in data:
            data += self._receive(deadline)
        return data

    def _ask(self, question: Message) -> Message:
        self._serial += 1
        deadline = time.monotonic() + _PATIENCE_SECONDS
        try:
            self._accepted().sendall(question.serialise(serial=self._serial))
        except OSError as error:
            raise BusError(f"QEMU closed the connection: {error}") from error
        while self._end not in self._tail:
            data = self._receive(deadline)
            self._tail = (self._tail + data)[-len(data) - len(self._end) :]
            for answer in self._parse(data.partition(self._end)[0]):
                if answer.header.fields.get(HeaderFields.reply_serial) == self._serial:
                    return answer
        raise BusError("the bridge has ended")

    def _parse(self, data: bytes) -> list[Message]:
        try:
            messages: list[Message] = self._parser.feed(data)
        except (KeyError, ValueError, struct.error) as error:
            raise BusError(f"what comes is not D-Bus: {error!r}") from error
        return messages

    def _receive(self, deadline: float) -> bytes:
        """Some bytes; raises `BusError` when none come until `deadline`."""
        connection = self._accepted()
        while time.monotonic() < deadline:
            try:
                data = connection.recv(1 << 16)
            except TimeoutError:
                self._check_alive()
                continue
            except OSError as error:
                self._check_alive()
                raise BusError(f"QEMU closed the connection: {error}") from error
            if not data:
                self._check_alive()
                raise BusError("QEMU closed the connection")
            return data
        raise BusError(f"no answer in {_PATIENCE_SECONDS:g} seconds")


def unit_path(unit: str) -> str:
    """The object path of `unit`; raises `BusError` for what only `systemctl` can make a name of (patterns, paths)."""
    if not _UNIT_NAME.fullmatch(unit):
        raise BusError(f"{unit!r} is not the name of a unit")
    name = unit if unit.rpartition(".")[2] in _UNIT_TYPES else f"{unit}.service"
    return f"{_ROOT}/unit/{_escape(name)}"


def _escape(label: str) -> str:
    """`label` in an object path: all but ASCII letters and digits, and a first digit, as `_` and two digits."""
    escaped = [
        char
        if char.isascii() and char.isalnum() and not (nr == 0 and char.isdigit())
        else f"_{ord(char):02x}"
        for nr, char in enumerate(label)
    ]
    return "".join(escaped)
