"""Waiting for what the inside of a machine shows: files, ports, sockets, text consoles, windows."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from test_driver.commands import Commands
from test_driver.errors import ActionTimedOutError
from test_driver.polling import DEFAULT_TIMEOUT_SECONDS, limit_named, retry

if TYPE_CHECKING:
    from collections.abc import Callable


class WaitCommands(Commands):
    """Each wait raises `ActionTimedOutError` after `timeout` seconds."""

    def wait_for_file(self, filename: str, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        """Wait until a file exists; `filename` is a word of the shell, so it may be a pattern or have `~`."""
        self._wait(f"waiting for file '{filename}'", f"test -e {filename}", timeout)

    def wait_for_open_port(
        self, port: int, addr: str = "localhost", timeout: float = DEFAULT_TIMEOUT_SECONDS
    ) -> None:
        """Wait until something in the machine accepts connections to TCP port `port` at `addr`."""
        self._wait(
            f"waiting for TCP port {port} on {addr} to be open", _connect(addr, port), timeout
        )

    def wait_for_closed_port(
        self, port: int, addr: str = "localhost", timeout: float = DEFAULT_TIMEOUT_SECONDS
    ) -> None:
        """Wait until nothing accepts connections to TCP port `port` at `addr`."""
        self._wait(
            f"waiting for TCP port {port} on {addr} to be closed",
            f"! {_connect(addr, port)}",
            timeout,
        )

    def wait_for_open_unix_socket(
        self,
        addr: str,
        is_datagram: bool = False,  # noqa: FBT001, FBT002 - the script's API
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
    ) -> None:
        """Wait until something listens at the Unix socket with the path `addr`."""
        kind = "datagram" if is_datagram else "stream"
        flags = "-uU" if is_datagram else "-U"
        self._wait(
            f"waiting for unix socket ({kind}) '{addr}' to be open",
            f"nc -z {flags} {shlex.quote(addr)} >/dev/null 2>&1",
            timeout,
        )

    def get_tty_text(self, tty: str) -> str:
        """What the text console `tty` ("1" …) shows, in lines of its real width."""
        return self.succeed(
            f"size=$(stty -F /dev/tty{tty} size); fold -w ${{size#* }} /dev/vcs{tty}"
        )

    def wait_until_tty_matches(
        self, tty: str, regexp: str, timeout: float = DEFAULT_TIMEOUT_SECONDS
    ) -> None:
        """Wait until `regexp` is found in what the text console `tty` shows."""
        matcher = re.compile(regexp)

        def matches(is_last: bool) -> bool:  # noqa: FBT001 - the signature of `retry`
            text = self.get_tty_text(tty)
            if is_last:
                self.log(
                    f"Last chance to match /{regexp}/ on TTY{tty}, which currently contains: {text}"
                )
            return matcher.search(text) is not None

        self._retry(f"waiting for {regexp} to appear on tty {tty}", matches, timeout)

    def dump_tty_contents(self, tty: str) -> None:
        """Write what the text console `tty` shows to the journal, and so to the log."""
        self.execute(f"fold -w 80 /dev/vcs{tty} | systemd-cat")

    def wait_for_x(self, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        """Wait until the graphical session's target was reached and the X server's socket exists."""
        self._wait(
            "waiting for the X11 server",
            "journalctl -b SYSLOG_IDENTIFIER=systemd | grep 'Reached target .*Current graphical' "
            "&& [ -e /tmp/.X11-unix/X0 ]",
            timeout,
        )

    def get_window_names(self) -> list[str]:
        """The titles of the windows on the X display."""
        tree = self.succeed(
            r"""xwininfo -root -tree | sed 's/.*0x[0-9a-f]* \"\([^\"]*\)\".*/\1/; t; d'"""
        )
        return tree.splitlines()

    def wait_for_window(self, regexp: str, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> None:
        """Wait until a window has a title in which `regexp` is found."""
        pattern = re.compile(regexp)

        def has_window(is_last: bool) -> bool:  # noqa: FBT001 - the signature of `retry`
            names = self.get_window_names()
            if is_last:
                self.log(
                    f"Last chance to match {regexp} on the window list, which currently contains: {names}"
                )
            return any(pattern.search(name) for name in names)

        self._retry(f"waiting for a window to appear: {regexp}", has_window, timeout)

    def _wait(self, what: str, command: str, timeout: float) -> None:
        """Repeat `command` until it succeeds."""

        def succeeds(_is_last: bool) -> bool:  # noqa: FBT001 - the signature of `retry`
            return self.execute(command, timeout=None)[0] == 0

        self._retry(what, succeeds, timeout)

    def _retry(self, what: str, fn: Callable[[bool], bool], timeout: float) -> None:
        with self.nested(what), limit_named(f"{what} on {self.name}"):
            retry(fn, timeout)


def timed_out(what: str, seconds: float | None) -> ActionTimedOutError:
    """The error for a wait that does not poll."""
    limit = "" if seconds is None else f" after {seconds:g} seconds"
    return ActionTimedOutError(f"action timed out{limit}: {what}")


def _connect(addr: str, port: int) -> str:
    """Bash's own TCP connection: no process to start."""
    return f"(: < {shlex.quote(f'/dev/tcp/{addr}/{port}')}) 2>/dev/null"
