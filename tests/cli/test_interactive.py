"""`nix repl` on a terminal, as a person uses it."""

import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from neve.terminal import strip_colours

SECONDS = 30


def _take_terminal() -> None:
    """Makes standard input the terminal that Ctrl-C comes from."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Terminal:
    """A program on a pseudo-terminal: what it shows, and keys to press."""

    def __init__(self, arguments: list[str], environment: dict[str, str], folder: Path) -> None:
        near, far = pty.openpty()
        self.fd = near
        self.child = subprocess.Popen(
            arguments,
            stdin=far,
            stdout=far,
            stderr=far,
            cwd=folder,
            env=environment,
            preexec_fn=_take_terminal,  # noqa: PLW1509 - this process has one thread
        )
        os.close(far)
        self.seen = ""

    def expect(self, pattern: str) -> str:
        """Waits until the pattern is shown; everything up to its end, which then counts as read."""
        deadline = time.monotonic() + SECONDS
        while (match := re.search(pattern, self.seen)) is None:
            assert time.monotonic() < deadline, f"waited for {pattern!r}, saw {self.seen!r}"
            if select.select([self.fd], [], [], 0.1)[0]:
                data = os.read(self.fd, 65536)
                self.seen += strip_colours(data.decode(errors="replace")).replace("\r", "")
        shown, self.seen = self.seen[: match.end()], self.seen[match.end() :]
        return shown

    def press(self, keys: str) -> None:
        """Types."""
        os.write(self.fd, keys.encode())

    def enter(self, line: str, pattern: str) -> None:
        """Types a line once it is asked for, and waits for what it brings."""
        self.expect("nix-repl> ")
        self.press(f"{line}\n")
        self.expect(pattern)

    def end(self) -> int:
        """Waits for the program to end; its exit status."""
        return self.child.wait(SECONDS)

    def close(self) -> None:
        """Takes the terminal away."""
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait()
        os.close(self.fd)


@pytest.fixture(params=["xterm", "dumb"])
def terminal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Terminal]:
    """`nix repl --file '<nixpkgs/nixos>'`, where that has six attributes."""
    nixos = tmp_path / "nixpkgs" / "nixos"
    nixos.mkdir(parents=True)
    (nixos / "default.nix").write_text(
        "{ config = { a.b = 1; }; options = { }; pkgs = { }; system = 1; vm = 2; vmWithBootLoader = 3; }"
    )
    bin_dir = Path(sys.executable).parent
    environment = {
        "PATH": f"{bin_dir}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": request.param,
        "NIX_PATH": f"nixpkgs={tmp_path}/nixpkgs",
        "LC_ALL": "C.UTF-8",
    }
    opened = Terminal(
        [str(bin_dir / "nix"), "repl", "--file", "<nixpkgs/nixos>"], environment, tmp_path
    )
    yield opened
    opened.close()


def test_a_session(terminal: Terminal) -> None:
    """Greeting, what was loaded, a value, an error, input over two lines, the end."""
    terminal.expect(r"Welcome to Nix \d+\.\d+")
    terminal.expect(r"Type :\? for help\.")
    terminal.expect(r"Loading installable ''\.\.\.\n")
    terminal.expect(r"Added 6 variables\.\n")
    terminal.enter("1 + 2", r"\n3\n")
    terminal.enter("config.a.b", r"\n1\n")
    terminal.enter("nothing", "error: undefined variable 'nothing'")
    terminal.enter("[ 40", " > ")
    terminal.press("(1 + 1) ]\n")
    terminal.expect(r"\[\n\s+40\n\s+2\n\]")
    terminal.enter(":q", "")
    assert terminal.end() == 0


def test_interrupts_stop_an_evaluation_and_the_session_goes_on(terminal: Terminal) -> None:
    """Ctrl-C is answered within a moment; Ctrl-D leaves."""
    terminal.expect("nix-repl> ")
    terminal.press("let count = n: if n == 0 then 0 else count (n - 1); in ")
    terminal.press("builtins.foldl' (a: b: a + count 1000) 0 (builtins.genList (x: x) 1000000)\n")
    time.sleep(1)
    started = time.monotonic()
    terminal.press("\x03")
    terminal.expect("error: interrupted by the user")
    assert time.monotonic() - started < 5, "not promptly, even for a busy machine"
    terminal.enter("1 + 1", r"\n2\n")
    terminal.expect("nix-repl> ")
    terminal.press("\x04")
    assert terminal.end() == 0


@pytest.mark.parametrize("terminal", ["xterm"], indirect=True)
def test_keys(terminal: Terminal) -> None:
    """Tab completes attributes and variables, Up brings lines back, Ctrl-C drops one."""
    terminal.enter("config.a.\t", r"config\.a\.b\s*\n1\n")
    terminal.enter("vmW\t + 1", r"vmWithBootLoader \+ 1\s*\n4\n")
    terminal.enter("\x1b[A", r"\n4\n")
    terminal.expect("nix-repl> ")
    terminal.press("dropped\x03")
    terminal.enter("2 + 3", r"\n5\n")
    terminal.enter(":q", "")
    assert terminal.end() == 0


PROGRAM = """derivation {
  name = "d-1.0";
  system = builtins.currentSystem;
  builder = "/bin/sh";
  args = [ "-c" "echo the log; echo content > $out" ];
  given = "value";
}"""


@pytest.fixture
def building_terminal(tmp_path: Path) -> Iterator[Terminal]:
    """A session over a store of its own, with a derivation in `d.nix` and a package set that knows `runCommand`."""
    (tmp_path / "d.nix").write_text(PROGRAM)
    (tmp_path / "default.nix").write_text(
        '{ }: { runCommand = name: attrs: script: derivation (attrs // { inherit name; builder = "/bin/sh";'
        " system = builtins.currentSystem; }); }"
    )
    bin_dir = Path(sys.executable).parent
    environment = {
        "PATH": f"{bin_dir}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "TERM": "dumb",
        "NIX_PATH": f"nixpkgs={tmp_path}",
        "NIX_STATE_DIR": f"{tmp_path}/state",
        "NIX_BUILD_SHELL": "/bin/bash",
        "NIX_CONFIG": "substituters =",
        "LC_ALL": "C.UTF-8",
    }
    opened = Terminal(
        [str(bin_dir / "nix"), "repl", "--store", str(tmp_path / "root")], environment, tmp_path
    )
    yield opened
    opened.close()


@pytest.mark.functional
def test_commands_that_build_and_start_programs_use_the_session_s_store(
    building_terminal: Terminal,
) -> None:
    """`:b`, `:bl`, `:log`, `:sh`, `:u` and `:i`: programs that are started get the same `--store`."""
    terminal = building_terminal
    terminal.enter(":b import ./d.nix", r"out -> /nix/store/\w+-d-1\.0\n")
    terminal.enter(":bl import ./d.nix", r"\./repl-result-out -> /nix/store/\w+-d-1\.0\n")
    terminal.enter(":log import ./d.nix", r"the log\n")
    for command in (":sh", ":u"):
        terminal.enter(f"{command} import ./d.nix", r"nix-shell|\$ ")
        terminal.press("echo in-$given$buildInputs-shell; exit\n")
        terminal.expect(r"\nin-(value|/nix/store/\w+-d-1\.0)-shell")
    terminal.enter(":i import ./d.nix", r"installing 'd-1\.0'")
    terminal.enter("1 + 1", r"\n2\n")
    terminal.enter(":q", "")
    assert terminal.end() == 0
