"""The setting `json-log-path`: what commands say and do, recorded for programs beside what people see."""

from __future__ import annotations

import os
import socket
import stat

from neve import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from io import RawIOBase


def start_recording(path: str) -> None:
    """Records what is said from now on in a file, which grows, or on the socket there.

    Nothing that a command does depends on its record, so that one that cannot be written is said and passed over.
    """
    try:
        stream = _open(path)
    except OSError as error:
        terminal.say(
            f"{terminal.RED}error (ignored):{terminal.NORMAL} opening log file '{path}': {error.strerror}",
            level=0,
        )
        return
    terminal.VOICE.record = terminal.Record(stream)


def _open(path: str) -> RawIOBase:
    if not _is_socket(path):
        return open(path, "ab", buffering=0)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        return connection.makefile("wb", buffering=0)


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(os.stat(path).st_mode)
    except FileNotFoundError:
        return False
