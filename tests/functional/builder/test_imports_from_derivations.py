"""What an expression reads from a build's output: the commands build it while they evaluate, and Ctrl-C ends that."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.functional

PROGRAMS: Final = Path(sys.executable).parent
SECONDS: Final = 60

EXPRESSION: Final = """
let
  make = name: command: derivation {
    inherit name;
    system = builtins.currentSystem;
    builder = "/bin/sh";
    args = [ "-c" command ];
  };
in
make ("use-" + import (make "made" ''%s; echo '"text"' > $out'')) "echo > $out"
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables for commands with a store below a temporary folder, and builds without a sandbox."""
    places = {
        "NIX_STORE_DIR": "store",
        "NIX_STATE_DIR": "state",
        "NIX_LOG_DIR": "log",
        "NIX_CONF_DIR": "conf",
    }
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("NIX_")},
        **{name: str(tmp_path / folder) for name, folder in places.items()},
        "NIX_CONFIG": "sandbox = false\nsubstituters =\nbuild-users-group =\n",
    }


@pytest.mark.parametrize(
    "command",
    [
        ["nix-instantiate", "test.nix"],
        ["nix-build", "--no-out-link", "test.nix"],
        [
            "nix",
            "--extra-experimental-features",
            "nix-command",
            "eval",
            "--file",
            "test.nix",
            "name",
        ],
        ["nix-instantiate", "--eval", "--read-write-mode", "-A", "name", "test.nix"],
    ],
    ids=lambda command: " ".join(word for word in command if not word.startswith("--extra")),
)
def test_commands_build_what_they_read(
    command: list[str], environment: dict[str, str], tmp_path: Path
) -> None:
    """Each of them from nothing, as evaluation is not on the thread that hears of signals."""
    (tmp_path / "test.nix").write_text(EXPRESSION % "true")
    program, *rest = command
    done = subprocess.run(
        [PROGRAMS / program, *rest],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    assert "use-text" in done.stdout
    assert "bug in Neve" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("program", ["nix-instantiate", "nix-build"])
def test_ctrl_c_ends_the_build(program: str, environment: dict[str, str], tmp_path: Path) -> None:
    """At once, though it is the evaluator's thread that waits for the builder, which ends, too."""
    started = tmp_path / "started"
    command = f"echo $$ > {started}; while true; do :; done"
    (tmp_path / "test.nix").write_text(EXPRESSION % command)
    with subprocess.Popen(
        [PROGRAMS / program, "test.nix"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + SECONDS
        while not (started.exists() and started.read_text()):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        try:
            _, words = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "interrupted by the user" in words
    assert not Path(f"/proc/{started.read_text().strip()}").exists()
