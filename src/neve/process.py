"""The one place that starts processes: an argument list, an explicit environment, an error that can be pasted.

output = capture(["git", "rev-parse", "HEAD"], directory=tree, environment=minimal_environment())
"""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Final, NoReturn

from neve import ending
from neve.errors import NeveError

KEPT_VARIABLES: Final = (
    "HOME",
    "LANG",
    "LC_ALL",
    "LOGNAME",
    "PATH",
    "SSH_AUTH_SOCK",
    "TERM",
    "TMPDIR",
    "USER",
)
"""What `minimal_environment` passes on."""


class ProcessError(NeveError):
    """A program could not be started, or said that it failed.

    `status` is its exit status, negative for a signal, `None` when it did not start; `output` is what it wrote to
    standard error, where that was captured.
    """

    def __init__(self, command: str, status: int | None, reason: str, output: str = "") -> None:
        tail = f":\n{output.rstrip()}" if output.strip() else ""
        super().__init__(f"{reason}\nwhile running: {command}{tail}")
        self.command: Final = command
        self.status: Final = status
        self.output: Final = output


def minimal_environment(
    extra: Mapping[str, str] | None = None, *, keep: Iterable[str] = KEPT_VARIABLES
) -> dict[str, str]:
    """The variables that ordinary programs need, and `extra` ones."""
    environment = {name: os.environ[name] for name in keep if name in os.environ}
    environment.update(extra or {})
    return environment


def describe(
    arguments: Sequence[str],
    *,
    directory: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """The command as one line for a shell, with what its environment adds to ours."""
    changed = {
        name: value for name, value in (environment or {}).items() if os.environ.get(name) != value
    }
    words = [f"{name}={shlex.quote(value)}" for name, value in sorted(changed.items())]
    words.append(shlex.join(arguments))
    line = " ".join(words)
    return f"cd {shlex.quote(directory)} && {line}" if directory is not None else line


def run(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: str | None = None,
    data: bytes | None = None,
    stdin: IO[bytes] | int | None = None,
    stdout: IO[bytes] | int | None = None,
    timeout_seconds: float | None = None,
    check: bool = True,
) -> int:
    """Runs a program to its end with our standard error; its exit status.

    `data` is what it reads from standard input (nothing by default). With `check`, a status other than 0 raises
    `ProcessError`; a program that cannot be started always does.
    """
    status, _, words = _finish(
        arguments,
        environment=environment,
        directory=directory,
        data=data,
        stdin=stdin,
        stdout=stdout,
        stderr=None,
        timeout_seconds=timeout_seconds,
    )
    if check and status != 0:
        command = describe(arguments, directory=directory, environment=environment)
        raise _failed(arguments[0], status, command, words)
    return status


def capture(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: str | None = None,
    data: bytes | None = None,
    timeout_seconds: float | None = None,
) -> bytes:
    """What a program writes to standard output; raises `ProcessError`, with its words, when it fails."""
    status, output, words = _finish(
        arguments,
        environment=environment,
        directory=directory,
        data=data,
        stdin=None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout_seconds=timeout_seconds,
    )
    if status != 0:
        command = describe(arguments, directory=directory, environment=environment)
        raise _failed(arguments[0], status, command, words)
    return output


def spawn(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: str | None = None,
    stdin: IO[bytes] | int | None = subprocess.DEVNULL,
    stdout: IO[bytes] | int | None = None,
    stderr: IO[bytes] | int | None = None,
    pass_fds: Sequence[int] = (),
    new_session: bool = False,
) -> subprocess.Popen[bytes]:
    """Starts a program and returns at once; whoever calls waits for it."""
    try:
        return subprocess.Popen(
            arguments,
            env=dict(environment),
            cwd=directory,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=pass_fds,
            start_new_session=new_session,
        )
    except OSError as error:
        raise _not_started(arguments, error) from None


def replace(
    arguments: Sequence[str], *, environment: Mapping[str, str], program: str | None = None
) -> NoReturn:
    """Becomes another program, as `nix run` and `nix-shell` do.

    `program` is what is run when its name for itself, the first argument, says something else.
    """
    ending.close_all()
    # Python ignores these; the program expects the system's defaults.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvpe(program or arguments[0], list(arguments), dict(environment))
    except OSError as error:
        raise _not_started([program or arguments[0], *arguments[1:]], error) from None


def _finish(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: str | None,
    data: bytes | None,
    stdin: IO[bytes] | int | None,
    stdout: IO[bytes] | int | None,
    stderr: int | None,
    timeout_seconds: float | None,
) -> tuple[int, bytes, bytes]:
    if data is not None:
        stdin = subprocess.PIPE
    process = spawn(
        arguments,
        environment=environment,
        directory=directory,
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=stdout,
        stderr=stderr,
    )
    try:
        with process:
            try:
                output, words = process.communicate(data, timeout=timeout_seconds)
            except BaseException:
                process.kill()
                raise
    except subprocess.TimeoutExpired:
        command = describe(arguments, directory=directory, environment=environment)
        reason = f"'{arguments[0]}' took longer than {timeout_seconds} seconds"
        raise ProcessError(command, None, reason) from None
    return process.returncode, output or b"", words or b""


def _failed(program: str, status: int, command: str, words: bytes) -> ProcessError:
    if status < 0:
        reason = f"'{program}' was killed by signal {-status} ({signal.strsignal(-status)})"
    else:
        reason = f"'{program}' failed with exit status {status}"
    return ProcessError(command, status, reason, words.decode(errors="replace"))


def _not_started(arguments: Sequence[str], error: OSError) -> ProcessError:
    reason = f"'{arguments[0]}' could not be started: {error.strerror}"
    if isinstance(error, FileNotFoundError):
        reason += "; is it installed and on PATH?"
    return ProcessError(shlex.join(arguments), None, reason)
