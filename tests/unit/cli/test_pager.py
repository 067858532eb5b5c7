"""Long texts on a terminal."""

import pytest

from neve.cli import pager


def test_the_pager_of_the_user_counts() -> None:
    """`NIX_PAGER` before `PAGER`; `cat` and nothing mean none."""
    assert pager.find_pager({"NIX_PAGER": "less -X", "PAGER": "more"}) == ["less", "-X"]
    assert pager.find_pager({"PAGER": "more"}) == ["more"]
    assert pager.find_pager({"PAGER": "cat"}) is None
    assert pager.find_pager({"NIX_PAGER": "", "PAGER": "more"}) is None


def test_what_is_no_terminal_gets_the_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it is."""
    monkeypatch.setenv("PAGER", "/nonexistent")
    pager.show("line\n" * 1000)
    assert capsys.readouterr().out == "line\n" * 1000
