"""Child processes that never outlive the driver, whatever ends it."""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Final

from test_driver.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PATIENCE_SECONDS: Final = 5.0


@cache
def _spawner() -> ThreadPoolExecutor:
    """The one thread that starts processes.

    The kernel's "signal at the parent's death" follows the *thread* that forked, so a machine that was started by a
    short-lived thread of the test script would die with that thread.
    """
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


def spawn(
    argv: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start `argv` in `cwd`, in a session of its own, killed when the driver dies.

    Its standard input is a pipe, its standard output and error output are one pipe. Raises `ConfigurationError` when
    the program cannot be started.
    """

    def start() -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "--", *argv],  # noqa: S607 - the wrapper sets PATH
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    try:
        return _spawner().submit(start).result()
    except OSError as error:
        raise ConfigurationError(f"cannot start '{argv[0]}': {error}") from error


def end(process: subprocess.Popen[bytes]) -> None:
    """End `process` and all of its session's processes: politely, and after five seconds by force."""
    if process.poll() is None:
        _signal_group(process, signal.SIGTERM)
        try:
            process.wait(_PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            _signal_group(process, signal.SIGKILL)
            process.wait()
    _signal_group(process, signal.SIGKILL)
    if process.stdin is not None:
        try:
            process.stdin.close()
        except OSError:
            # What was still to be written has no reader any more.
            return


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
