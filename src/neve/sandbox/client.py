"""Starting and ending builders: the near end of the launcher's socket."""

import contextlib
import pickle
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Self

import neve
from neve import process
from neve.errors import SandboxError
from neve.sandbox.launcher import LENGTH, Kill, Start
from neve.sandbox.plan import Plan

_BOOT: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from neve.sandbox.launcher import main; main(int(sys.argv[2]))"
)

Word = Literal["started", "failed", "forbidden", "ended", "gone"]


@dataclass(frozen=True, slots=True)
class Report:
    """News of a builder.

    `started`: it runs. `failed`: its plan could not be carried out, `text` says why. `forbidden`: the kernel refused a
    namespace; `text` is its name and the error number. `ended`: `text` is the wait status. `gone`: the last report,
    nothing of the builder is left.
    """

    number: int
    word: Word
    text: str


class LauncherClient:
    """A launcher process and the builders it runs; not to be shared between threads."""

    def __init__(self) -> None:
        """Starts the launcher, which takes a moment during which the caller can do other things."""
        self._connection, far_end = socket.socketpair()
        self._next = 0
        self._unfinished = b""
        package_parent = str(Path(neve.__file__).parent.parent)
        with far_end:
            self._process: Final = process.spawn(
                [sys.executable, "-I", "-S", "-c", _BOOT, package_parent, str(far_end.fileno())],
                environment={},
                directory="/",
                pass_fds=[far_end.fileno()],
                new_session=True,
            )

    def start(self, plan: Plan, log: int) -> int:
        """Starts a builder that writes to the descriptor `log`; its number in reports."""
        self._next += 1
        self._send(Start(self._next, plan), [log])
        return self._next

    def kill(self, number: int) -> None:
        """Kills a builder; it is reported as `gone` when that is done, or was already."""
        self._send(Kill(number), [])

    def fileno(self) -> int:
        """Readable when there are reports."""
        return self._connection.fileno()

    def read_reports(self) -> list[Report]:
        """Waits for reports; raises `SandboxError` when the launcher died."""
        data = self._connection.recv(1 << 16)
        if not data:
            raise SandboxError("the process that starts builders ended unexpectedly")
        *lines, self._unfinished = (self._unfinished + data).split(b"\n")
        return [_parse_report(line.decode(errors="replace")) for line in lines]

    def close(self) -> None:
        """Kills the builders that still run, waits for their end, and ends the launcher."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_WR)
        while True:
            try:
                if not self._connection.recv(1 << 16):
                    break
            except OSError:
                break
        self._connection.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _send(self, request: Start | Kill, descriptors: list[int]) -> None:
        body = pickle.dumps(request, pickle.HIGHEST_PROTOCOL)
        head = LENGTH.pack(len(body))
        try:
            if descriptors:
                socket.send_fds(self._connection, [head], descriptors)
            else:
                self._connection.sendall(head)
            self._connection.sendall(body)
        except OSError as error:
            raise SandboxError(f"the process that starts builders ended: {error}") from error


def _parse_report(line: str) -> Report:
    number, _, rest = line.partition(" ")
    word, _, text = rest.partition(" ")
    if word not in {"started", "failed", "forbidden", "ended", "gone"}:
        raise SandboxError(f"the process that starts builders said '{line}', which makes no sense")
    return Report(int(number), word, text)  # type: ignore[arg-type]  # one of the five, see above
