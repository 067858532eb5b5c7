"""How commands end: status, words, and never a traceback for what a user can do."""

import errno
import subprocess
import sys
from collections.abc import Callable, Sequence

import pytest

from neve.cli import program
from neve.errors import EvaluationError, NeveError, UsageError


class StrangeError(NeveError):
    """An error with a status of its own."""

    exit_status = 102


def fail(error: BaseException) -> Callable[[Sequence[str]], int]:
    def run(words: Sequence[str]) -> int:
        del words
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (NeveError("it broke"), 1, "error: it broke\n"),
        (StrangeError("it broke"), 102, "error: it broke\n"),
        (UsageError("what?"), 1, "error: what?\nTry 'nix-x --help' for more information.\n"),
        (EvaluationError("bad", rendered="bad\n       at x:1:1"), 1, "error: bad\n       at x:1:1\n"),
        (EvaluationError("bad", rendered="\n       … while\n\n       error: bad"), 1,
         "error:\n       … while\n\n       error: bad\n"),
        (KeyboardInterrupt(), 130, "error: interrupted by the user\n"),
        (OSError(errno.EACCES, "Permission denied", "/x"), 1,
         "error: cannot access '/x': Permission denied\n"),
        (OSError("odd"), 1, "error: odd\n"),
        (RecursionError(), 1, "error: stack overflow (possible infinite recursion)\n"),
    ],
)  # fmt: skip
def test_errors_become_words_and_a_status(
    error: BaseException, status: int, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Each kind of failure has its exit status, and its text on standard error."""
    assert program.finish(fail(error), [], "nix-x") == status
    assert capfd.readouterr().err == words


def test_a_bug_says_that_it_is_one(capfd: pytest.CaptureFixture[str]) -> None:
    """What nobody foresaw shows where it happened and asks for a report."""
    assert program.finish(fail(KeyError("x")), [], "nix-x") == 70
    assert "this is a bug in Neve" in capfd.readouterr().err


def test_a_closed_pipe_ends_the_command_quietly() -> None:
    """`nix … | head -1` prints no error."""
    code = (
        "import sys; from neve.cli import program\n"
        "def run(words):\n    for _ in range(100000): print('x' * 100)\n    return 0\n"
        "program.start(run, 'nix-x')"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.read(10)
    child.stdout.close()
    words = child.stderr.read()
    child.stderr.close()
    assert (child.wait(), words) == (program.BROKEN_PIPE, b"")


def test_output_is_flushed_before_the_process_ends() -> None:
    """The quick end loses nothing."""
    code = (
        "import sys; from neve.cli import program\n"
        "def run(words):\n    print('out'); print('err', file=sys.stderr); return 3\n"
        "program.start(run, 'nix-x')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
