"""The language cases of `tests/lang` come out the same under a reference Nix.

Errors are compared by their last `error:` line: excerpts of built-in files and traces may differ. A case whose
first line is `# differs: …` is left out; the line says why.
"""

import functools
import os
import shlex
import subprocess
from pathlib import Path

import pytest

PEER = os.environ.get("NEVE_PEER")
LANG = Path(__file__).parents[1] / "lang"
KINDS = ("parse-ok", "parse-fail", "eval-ok", "eval-fail")
CASES = sorted(
    case
    for kind in KINDS
    for case in (LANG / kind).glob("*/*.nix")
    if not case.read_bytes().startswith(b"# differs:")
)

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(PEER is None, reason="NEVE_PEER names no reference Nix"),
]


def last_error(text: str) -> str:
    lines = [line.strip() for line in text.splitlines()]
    return [line for line in lines if line.startswith("error:") and line != "error:"][-1]


@functools.cache
def peer_home() -> str:
    """The home folder that the reference is started with."""
    command = [*shlex.split(PEER or ""), "sh", "-c", "echo $HOME"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(LANG)))
def test_reference_agrees(case: Path) -> None:
    """Tree, value or message are what is written beside the case."""
    kind = case.relative_to(LANG).parts[0]
    arguments = ["--parse"] if kind.startswith("parse") else ["--eval", "--strict"]
    first = case.read_text().split("\n", 1)[0]
    if first.startswith("# flags:"):
        for word in first.removeprefix("# flags:").split():
            name, _, value = word.partition("=")
            arguments += ["--option", name, value.replace(",", " ")]
    done = subprocess.run(
        [*shlex.split(PEER or ""), "nix-instantiate", *arguments, str(case)],
        capture_output=True,
        text=True,
        check=False,
        cwd=case.parent,
        env={**os.environ, "NIX_CONFIG": "build-users-group ="},
    )
    if kind.endswith("ok"):
        expected = case.with_suffix(".out").read_text().replace("/homeless", peer_home())
        assert done.stdout.replace(str(case.parent), "/dir") == expected
    else:
        assert done.returncode == 1
        real = last_error(done.stderr.replace(str(case.parent), "/dir"))
        assert real == last_error(case.with_suffix(".err").read_text())
