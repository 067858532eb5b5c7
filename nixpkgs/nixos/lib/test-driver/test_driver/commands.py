"""Running commands in a machine, and waiting for what they say."""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from test_driver.errors import AssertionFailedError, DriverError
from test_driver.polling import DEFAULT_TIMEOUT_SECONDS, limit_named, retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from test_driver.logger import Logger, Span
    from test_driver.polling import PollingCondition

_NO_STATUS: Final = -1
_NOTHING_KNOWN: Final = -2
_KEPT_OUTPUT: Final = 20_000
"""How much of a command's output the log's spans keep for the report."""


class Commands(ABC):
    """A machine as far as its root shell goes."""

    name: str
    """The machine's name in the test."""

    def __init__(self, name: str, logger: Logger, conditions: Sequence[PollingCondition]) -> None:
        self.name = name
        self.logger: Final = logger
        self._conditions: Final = conditions

    @abstractmethod
    def connect(self) -> None:
        """Start the machine if need be and wait, without a limit, until its shell takes commands."""

    @abstractmethod
    def _run(self, command: str) -> tuple[int, bytes]:
        """Run `command` in the connected shell: exit status and standard output."""

    @abstractmethod
    def _start(self, command: str) -> None:
        """Run `command` in the connected shell and do not wait for it."""

    def log(self, msg: str) -> None:
        """Say `msg` in the log, about this machine."""
        self.logger.log(msg, {"machine": self.name})

    @contextmanager
    def nested(self, msg: str, attrs: Mapping[str, object] | None = None) -> Iterator[Span]:
        """A block of the log, about this machine; polling conditions are checked before it."""
        self.check_conditions()
        try:
            with self.logger.nested(msg, {"machine": self.name, **(attrs or {})}) as span:
                yield span
        except DriverError as error:
            error.machine = error.machine or self.name
            raise

    def check_conditions(self) -> None:
        """Raise `AssertionFailedError` when a polling condition that is due does not hold."""
        for condition in list(self._conditions):
            condition.maybe_raise()

    def execute(
        self,
        command: str,
        check_return: bool = True,  # noqa: FBT001, FBT002 - the script's API
        check_output: bool = True,  # noqa: FBT001, FBT002
        timeout: float | None = DEFAULT_TIMEOUT_SECONDS,
    ) -> tuple[int, str]:
        """Run `command` as root with `bash -euo pipefail`: its exit status and standard output.

        Standard error goes to the console log, standard input is empty. The status is 124 when the command is still
        running after `timeout` seconds (`None`: no limit) and was ended; -1 with `check_return=False`. With
        `check_output=False` the result is `(-2, "")` at once, and the command goes on.
        """
        self.check_conditions()
        self.connect()
        if timeout is not None:
            limited = f"set -euo pipefail; {command}"
            command = f"exec timeout {timeout:g} bash -c {shlex.quote(limited)}"
        try:
            if not check_output:
                self._start(command)
                return _NOTHING_KNOWN, ""
            status, output = self._run(command)
        except DriverError as error:
            error.machine = error.machine or self.name
            raise
        return status if check_return else _NO_STATUS, output.decode(errors="replace")

    def succeed(self, *commands: str, timeout: float | None = None) -> str:
        """Run every command; each must exit with 0. Their standard outputs, joined.

        Raises `AssertionFailedError`.
        """
        return "".join(
            self._expect(command, "must succeed", timeout, is_expected=lambda status: status == 0)
            for command in commands
        )

    def fail(self, *commands: str, timeout: float | None = None) -> str:
        """Run every command; none may exit with 0. Their standard outputs, joined.

        Raises `AssertionFailedError`.
        """
        return "".join(
            self._expect(command, "must fail", timeout, is_expected=lambda status: status != 0)
            for command in commands
        )

    def wait_until_succeeds(self, command: str, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> str:
        """Repeat `command` until it exits with 0: the standard output of that time.

        Raises `ActionTimedOutError` after `timeout` seconds, which is also the limit of each attempt.
        """
        return self._repeat(command, "success", timeout, is_awaited=lambda status: status == 0)

    def wait_until_fails(self, command: str, timeout: float = DEFAULT_TIMEOUT_SECONDS) -> str:
        """Repeat `command` until it does not exit with 0: the standard output of that time.

        Raises `ActionTimedOutError` after `timeout` seconds, which is also the limit of each attempt.
        """
        return self._repeat(command, "failure", timeout, is_awaited=lambda status: status != 0)

    def sleep(self, secs: float) -> None:
        """Let `secs` seconds of the machine's own time pass."""
        self.succeed(f"sleep {secs:g}")

    def _expect(
        self,
        command: str,
        expectation: str,
        timeout: float | None,
        *,
        is_expected: Callable[[int], bool],
    ) -> str:
        with self.nested(f"{expectation}: {command}", {"command": command}) as span:
            status, output = self.execute(command, timeout=timeout)
            span.attributes.update(status=status, output=output[:_KEPT_OUTPUT])
            if is_expected(status):
                return output
            if output:
                self.log(f"output: {output.rstrip()}")
            if status == 0:
                raise AssertionFailedError(f"command `{command}` unexpectedly succeeded")
            raise AssertionFailedError(f"command `{command}` failed (exit code {status})")

    def _repeat(
        self,
        command: str,
        outcome: str,
        timeout: float,
        *,
        is_awaited: Callable[[int], bool],
    ) -> str:
        output = ""

        def attempt(_is_last: bool) -> bool:  # noqa: FBT001 - the signature of `retry`
            nonlocal output
            status, output = self.execute(command, timeout=timeout)
            span.attributes.update(status=status, output=output[:_KEPT_OUTPUT])
            return is_awaited(status)

        with (
            self.nested(f"waiting for {outcome}: {command}", {"command": command}) as span,
            limit_named(f"waiting for {outcome} of `{command}` on {self.name}"),
        ):
            try:
                retry(attempt, timeout)
            except AssertionFailedError:
                self.log(
                    f"last attempt: exit code {span.attributes.get('status')}: {output.rstrip()}"
                )
                raise
        return output
