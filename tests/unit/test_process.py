"""Programs are started in one place, with errors that can be pasted into a shell."""

import os
import shlex
import sys
from pathlib import Path

import pytest

from neve import process


def test_capture_returns_output_and_passes_only_the_given_environment() -> None:
    """A child sees the variables it was given and no other."""
    code = "import os, sys; print(sys.stdin.read(), sorted(set(os.environ) - {'LC_CTYPE'}))"
    output = process.capture([sys.executable, "-c", code], environment={"A": "1"}, data=b"hello")
    assert output == b"hello ['A']\n"


def test_failure_names_status_words_and_the_command_to_paste(tmp_path: Path) -> None:
    """The command in the error runs the same thing again."""
    arguments = [sys.executable, "-c", "import sys; sys.exit('it broke')"]
    with pytest.raises(process.ProcessError) as caught:
        process.capture(arguments, environment={"B": "x y"}, directory=str(tmp_path))
    error = caught.value
    assert error.status == 1
    assert "it broke" in str(error)
    assert error.command == f"cd {tmp_path} && B='x y' {shlex.join(arguments)}"


def test_missing_program_is_an_error_of_ours() -> None:
    """No `OSError` leaks."""
    with pytest.raises(process.ProcessError, match="is it installed and on PATH"):
        process.run(["no-such-program"], environment={})


def test_killed_and_late_children() -> None:
    """A signal and a timeout are told apart from a status."""
    with pytest.raises(process.ProcessError, match="killed by signal 9"):
        process.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"], environment={})
    with pytest.raises(process.ProcessError, match="took longer than"):
        process.run(["sleep", "60"], environment=dict(os.environ), timeout_seconds=0.2)


def test_run_returns_the_status_when_asked_not_to_check() -> None:
    """`check=False` leaves the judgement to the caller."""
    arguments = [sys.executable, "-c", "raise SystemExit(3)"]
    assert process.run(arguments, environment={}, check=False) == 3


def test_minimal_environment_keeps_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a build or a tool must not see is left out."""
    monkeypatch.setenv("SECRET_TOKEN", "x")
    environment = process.minimal_environment({"EXTRA": "1"})
    assert "SECRET_TOKEN" not in environment
    assert environment["EXTRA"] == "1"
    assert environment["PATH"] == os.environ["PATH"]
