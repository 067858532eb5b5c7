"""The interactive driver on a terminal: ptpython with completion and history, and what Ctrl-C and leaving do."""

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

pytestmark = [
    pytest.mark.vm,
    pytest.mark.network,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(os.geteuid() != 0, reason="writes to the machine's store"),
]

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"
NIX_BUILD: Final = Path(sys.executable).with_name("nix-build")
ASK_CURSOR: Final = b"\x1b[6n"


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interactive driver of the smallest example."""
    link = tmp_path_factory.mktemp("driver") / "result"
    environment = {name: value for name, value in os.environ.items() if name != "NIX_PATH"}
    command: list[str | Path] = [
        NIX_BUILD,
        EXAMPLES / "minimal-test.nix",
        "-A",
        "driverInteractive",
    ]
    subprocess.run([*command, "--out-link", link], check=True, env=environment)
    return link / "bin/nixos-test-driver"


class Session:
    """The driver on a pseudo-terminal that answers where its cursor is."""

    def __init__(self, driver: Path, folder: Path, terminal: str) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.environ.update(TERM=terminal, XDG_RUNTIME_DIR=str(folder))
            os.execv(driver, [str(driver)])
        self.seen = ""

    def expect(self, pattern: str, seconds: float = 120) -> None:
        """Wait until it shows `pattern`; what was shown until then counts as read."""
        deadline = time.monotonic() + seconds
        while (found := re.search(pattern, self.seen)) is None:
            assert time.monotonic() < deadline, f"no {pattern!r} in {self.seen[-2000:]!r}"
            if select.select([self.fd], [], [], 0.2)[0]:
                data = os.read(self.fd, 65536)
                self.seen += data.decode(errors="replace")
                os.write(self.fd, b"\x1b[1;1R" * data.count(ASK_CURSOR))
        self.seen = self.seen[found.end() :]

    def press(self, keys: str) -> None:
        """Type `keys`."""
        os.write(self.fd, keys.encode())

    def exit_status(self) -> int:
        """How it ended."""
        while True:
            try:
                if not os.read(self.fd, 65536):
                    break
            except OSError:
                break
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


@pytest.fixture(params=["xterm", "dumb"])
def session(request: pytest.FixtureRequest, driver: Path, tmp_path: Path) -> Iterator[Session]:
    """On a terminal that can be drawn on, and on one that cannot."""
    session = Session(driver, tmp_path, request.param)
    yield session
    os.close(session.fd)


def test_a_person_starts_a_machine_and_leaves(session: Session, tmp_path: Path) -> None:
    """Lines run with the script's names, Ctrl-C comes back to the prompt, and the end leaves no process."""
    session.expect(">>>")
    session.press("machine.start()\r")
    session.expect("QEMU running")
    session.press("print('state', machine.booted, machine)\r")
    session.expect(r"state True <QemuMachine machine>")
    session.press("machine.wait_for_console_text('never', timeout=600)\r")
    session.expect("waiting for never")
    session.press("\x03")
    session.expect("KeyboardInterrupt")
    session.press("pid = machine.pid; open('pid', 'w').write(str(pid))\r")
    session.press("exit()\r")
    assert session.exit_status() == 0
    assert not Path("/proc", (tmp_path / "pid").read_text()).exists()


def test_ptpython_completes_and_remembers(driver: Path, tmp_path: Path) -> None:
    """Tab lists a machine's methods; the history is a file where the driver was started."""
    session = Session(driver, tmp_path, "xterm")
    session.expect(">>>")
    session.press("machine.wait_for_open_u\t")
    session.expect("wait_for_open_unix_socket")
    session.press("\x15remembered = 1\r")
    session.expect(">>>")
    session.press("exit()\r")
    assert session.exit_status() == 0
    assert "remembered = 1" in (tmp_path / ".nixos-test-history").read_text()
    os.close(session.fd)
