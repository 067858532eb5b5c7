"""The language, case by case: a file and what comes of it.

`<parse or eval>-<ok or fail>/<topic>/<case>.nix` with `.out` (the syntax tree, or the value as `nix-instantiate
--eval --strict` prints it) or `.err` (what is printed instead) beside it. `# flags: name=value …` in the first line
changes settings; `# differs: …` says why a reference Nix does something else on purpose. Cases in `pending/` are
known failures: they must fail, and are moved when they no longer do.
"""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from neve.errors import EvaluationError, NeveError
from neve.lang.session import Session
from neve.settings import Settings

HERE = Path(__file__).parent
KINDS = ("parse-ok", "parse-fail", "eval-ok", "eval-fail")
CASES = sorted(case for kind in KINDS for case in (HERE / kind).glob("*/*.nix"))
PENDING = sorted(case for kind in KINDS for case in (HERE / "pending" / kind).glob("*/*.nix"))


def make_session(case: Path) -> Session:
    said: list[str] = []
    environment: Mapping[str, str] = {"HOME": "/homeless", "NIX_STATE_DIR": "/stateless"}
    settings = Settings(environment, warn=said.append)
    first = case.read_bytes().split(b"\n", 1)[0].decode(errors="replace")
    if first.startswith("# flags:"):
        for word in first.removeprefix("# flags:").split():
            name, _, value = word.partition("=")
            settings.set(name, value.replace(",", " "))
    return Session(settings, is_read_only=True, say=lambda _, text: said.append(text))


def outcome(case: Path, kind: str) -> str:
    """What comes of a case: a tree, a value or an error, with the folder taken out."""
    session = make_session(case)
    try:
        if kind.startswith("parse"):
            shown = session.parse_argument(str(case))
        else:
            shown = session.evaluate_argument(str(case)).show(strict=True)
    except NeveError as error:
        if not kind.endswith("fail"):
            raise
        text = error.rendered if isinstance(error, EvaluationError) else str(error)
        shown = f"error:{'' if text.startswith(chr(10)) else ' '}{text}"
    else:
        assert not kind.endswith("fail"), f"no error, but {shown}"
    return shown.replace(str(case.parent), "/dir").rstrip("\n") + "\n"


def check(case: Path, kind: str) -> None:
    golden = case.with_suffix(".err" if kind.endswith("fail") else ".out")
    real = outcome(case, kind)
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(real)
    assert real == golden.read_text()


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.relative_to(HERE)))
def test_case(case: Path) -> None:
    """The case has the outcome that is written beside it."""
    check(case, case.relative_to(HERE).parts[0])


@pytest.mark.parametrize("case", PENDING, ids=lambda case: str(case.relative_to(HERE)))
def test_pending_case_still_fails(case: Path) -> None:
    """A known failure; when this fails, move the case out of `pending`."""
    with pytest.raises((AssertionError, NeveError)):
        check(case, case.relative_to(HERE).parts[1])
