"""The process that starts builders.

A build session has one: small, single-threaded, started once, so that each builder costs a fork of it and no start-up
of Python. It is spoken to over a socket (`neve.sandbox.client` is the other end): requests are pickled and preceded by
their length, a `Start` carries the descriptor of the build log. Reports are lines: `<number> <word> [<text>]`.

Each builder gets a supervisor, a fork of the launcher: it makes the PID namespace, waits for the builder, kills what
the builder left behind, and reports how it ended. When Neve, the launcher or the supervisor dies, however suddenly, the
next one in the chain is told by the kernel and kills what it is in charge of.

Nothing may be imported in a fork: after a change of root, Python's library is no longer there.
"""

import contextlib
import errno
import gc
import os
import pickle
import select
import signal
import socket
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from neve.sandbox import system_calls
from neve.sandbox.operations import ForbiddenError, Operation
from neve.sandbox.plan import Plan

LENGTH: Final = struct.Struct("=I")
_MAX_DESCRIPTORS: Final = 4


@dataclass(frozen=True, slots=True)
class Start:
    """Start a builder; the log's descriptor comes with it."""

    number: int
    plan: Plan


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill a builder and everything it started; it is then reported as ended."""

    number: int


def main(descriptor: int) -> None:
    """Serves requests from a socket until it is closed."""
    with socket.socket(fileno=descriptor) as connection:
        system_calls.become_subreaper()
        # What is alive now lives on in every fork: do not let the collector touch (and so copy) it there.
        gc.disable()
        gc.freeze()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            Launcher(connection).serve()


class Launcher:
    """Starts supervisors and passes on what they report."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection: Final = connection
        self._supervisors: Final[dict[int, int]] = {}
        """Builder number → process."""
        self._reports: Final[dict[int, tuple[int, bytes]]] = {}
        """Descriptor → builder number and an unfinished line."""

    def serve(self) -> None:
        """Runs until the other end hangs up, then kills all builders."""
        poll = select.poll()
        poll.register(self._connection, select.POLLIN)
        is_connected = True
        while is_connected or self._reports:
            for descriptor, _ in poll.poll():
                if descriptor == self._connection.fileno():
                    is_connected = self._serve_request(poll)
                    if not is_connected:
                        poll.unregister(descriptor)
                        self._kill_all()
                else:
                    self._read_report(descriptor, poll)

    def _serve_request(self, poll: select.poll) -> bool:
        request, descriptors = self._receive()
        if request is None:
            return False
        if isinstance(request, Start):
            descriptor = self._start(request, descriptors[0])
            poll.register(descriptor, select.POLLIN)
        elif request.number in self._supervisors:
            os.kill(self._supervisors[request.number], signal.SIGTERM)
        for descriptor in descriptors:
            os.close(descriptor)
        return True

    def _receive(self) -> tuple[Start | Kill | None, list[int]]:
        flags = socket.MSG_CMSG_CLOEXEC
        head, descriptors, _, _ = socket.recv_fds(
            self._connection, LENGTH.size, _MAX_DESCRIPTORS, flags
        )
        if not head:
            return None, descriptors
        (length,) = LENGTH.unpack(head)
        body = bytearray()
        while len(body) < length:
            piece = self._connection.recv(min(length - len(body), 1 << 20))
            if not piece:
                return None, descriptors
            body += piece
        # Only the process that started this one holds the other end.
        request = pickle.loads(bytes(body))  # noqa: S301
        if not isinstance(request, Start | Kill):
            raise TypeError(request)
        return request, descriptors

    def _start(self, request: Start, log: int) -> int:
        read_end, write_end = os.pipe()
        launcher = os.getpid()
        process = os.fork()
        if process == 0:
            _in_fork(lambda: _supervise(request.plan, log, write_end, launcher), write_end)
        os.close(write_end)
        self._supervisors[request.number] = process
        self._reports[read_end] = request.number, b""
        return read_end

    def _read_report(self, descriptor: int, poll: select.poll) -> None:
        number, unfinished = self._reports[descriptor]
        data = os.read(descriptor, 1 << 16)
        *lines, rest = (unfinished + data).split(b"\n")
        self._reports[descriptor] = number, rest
        if not data:
            # A supervisor that was killed said nothing.
            poll.unregister(descriptor)
            os.close(descriptor)
            del self._reports[descriptor]
            os.waitpid(self._supervisors.pop(number), 0)
            lines.append(b"gone")
        for line in lines:
            with contextlib.suppress(BrokenPipeError):
                self._connection.sendall(b"%d %s\n" % (number, line))

    def _kill_all(self) -> None:
        for process in self._supervisors.values():
            os.kill(process, signal.SIGTERM)


def _in_fork(run: Callable[[], None], report: int) -> NoReturn:
    """Runs a function in a fresh fork, which ends with it."""
    try:
        run()
    except ForbiddenError as error:
        _report(report, f"forbidden {error.namespace} {error.errno}")
    except OSError as error:
        _report(report, f"failed {_explain(error)}")
    except BaseException as error:  # noqa: BLE001 - a fork must not return to the launcher's loop
        _report(report, f"failed {error!r}")
    os._exit(1)


def _explain(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{where}"


def _report(descriptor: int, line: str) -> None:
    with contextlib.suppress(OSError):
        os.write(descriptor, " ".join(line.split()).encode(errors="replace")[:4000] + b"\n")


class StepError(OSError):
    """A step of a plan failed."""


def _execute(steps: tuple[Operation, ...]) -> None:
    for step in steps:
        try:
            step.execute()
        except ForbiddenError:
            raise
        except OSError as error:
            raise StepError(error.errno, f"cannot {step.describe()}: {_explain(error)}") from error


def _supervise(plan: Plan, log: int, report: int, launcher: int) -> None:
    """Runs a builder to its end."""
    _die_with(launcher)
    # A request to kill waits until there is a builder.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    _execute(plan.supervisor)
    system_calls.become_subreaper()
    builder = os.fork()
    if builder == 0:
        _in_fork(lambda: _become_builder(plan, log, report), report)
    os.close(log)
    signal.signal(signal.SIGTERM, lambda *_: os.kill(builder, signal.SIGKILL))
    _die_with(launcher)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    _, status = os.waitpid(builder, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _kill_orphans()
    _report(report, f"ended {status}")
    os._exit(0)


def _die_with(parent: int) -> None:
    """Has the kernel kill this process when its parent ends (a change of user undoes that)."""
    system_calls.set_parent_death_signal(signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _kill_orphans() -> None:
    """Kills what a builder without a PID namespace left: orphans of this subreaper, until there are none."""
    thread = os.getpid()
    while True:
        with (
            contextlib.suppress(FileNotFoundError),
            open(f"/proc/self/task/{thread}/children", "rb") as file,
        ):
            for child in file.read().split():
                os.kill(int(child), signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def _become_builder(plan: Plan, log: int, report: int) -> None:
    system_calls.set_parent_death_signal(signal.SIGKILL)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    _execute(plan.builder)
    # A change of user clears it.
    system_calls.set_parent_death_signal(signal.SIGKILL)
    _report(report, "started")
    command = plan.command
    try:
        os.execve(command.program, command.arguments, dict(command.environment))
    except OSError as error:
        reason = os.strerror(error.errno or errno.EINVAL)
        os.write(2, f"error: executing '{command.program}': {reason}\n".encode())
        os._exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]))
