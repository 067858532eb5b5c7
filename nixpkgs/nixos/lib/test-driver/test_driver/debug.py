"""The script's `debug`: a Python debugger that a person attaches to from outside the build."""

from __future__ import annotations

import pdb
import socket
import sys
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from types import FrameType, TracebackType

    from test_driver.logger import Logger

PORT: Final = 4444


class Debug(Protocol):
    """What test scripts may call."""

    def breakpoint(self, host: str = "127.0.0.1", port: int = PORT) -> None:
        """Stop here until a debugger that attached continues."""

    def post_mortem(self, error: BaseException) -> None:
        """Offer a debugger at the place where `error` arose."""


class NoDebug:
    """Without the debug hook nothing stops."""

    def breakpoint(self, host: str = "127.0.0.1", port: int = PORT) -> None:
        """Go on."""

    def post_mortem(self, error: BaseException) -> None:
        """Go on."""


class RemoteDebug:
    """Waits for a connection on a TCP port of the sandbox; `attach_command` is shown to the user."""

    def __init__(self, logger: Logger, attach_command: str) -> None:
        self._logger: Final = logger
        self._attach_command: Final = attach_command

    def breakpoint(self, host: str = "127.0.0.1", port: int = PORT) -> None:
        """Stop the script here until a debugger that attached continues."""
        frame: FrameType | None = sys._getframe().f_back  # noqa: SLF001 - as `pdb` does
        debugger = self._wait_for_debugger(host, port)
        debugger.set_trace(frame)

    def post_mortem(self, error: BaseException) -> None:
        """Offer a debugger at the place where `error` arose, and wait for its end."""
        traceback: TracebackType | None = error.__traceback__
        debugger = self._wait_for_debugger("127.0.0.1", PORT)
        debugger.reset()
        debugger.interaction(None, traceback)

    def _wait_for_debugger(self, host: str, port: int) -> pdb.Pdb:
        with socket.create_server((host, port)) as listener:
            self._logger.log(f"Breakpoint reached; attach with: {self._attach_command}")
            connection, _ = listener.accept()
        stream = connection.makefile("rw", encoding="utf-8")
        debugger = pdb.Pdb(stdin=stream, stdout=stream)
        debugger.use_rawinput = False
        debugger.prompt = "(Pdb) "
        return debugger
