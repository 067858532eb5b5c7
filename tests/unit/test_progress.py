"""The renderers of progress events."""

import json

import pytest

from neve.log import Activity, ActivityType, Level, ResultType
from neve.progress import JsonLogger, RawLogger, make_logger
from neve.progress_tree import TreeLogger


def test_raw_says_what_begins_and_passes_build_output_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line each, nothing for what ends."""
    with Activity(
        RawLogger(shows_logs=True), ActivityType.BUILD, "building 'a'", level=Level.INFO
    ) as build:
        build.result(ResultType.BUILD_LOG_LINE, "compiling")
        build.progress(1, 2)
    assert capsys.readouterr().err == "building 'a'...\ncompiling\n"


def test_raw_leaves_build_output_out_when_asked(capsys: pytest.CaptureFixture[str]) -> None:
    """`-Q` and the default of `nix`."""
    with Activity(
        RawLogger(shows_logs=False), ActivityType.BUILD, "building", level=Level.CHATTY
    ) as build:
        build.result(ResultType.BUILD_LOG_LINE, "compiling")
    assert capsys.readouterr().err == ""


def test_json_writes_every_event(capsys: pytest.CaptureFixture[str]) -> None:
    """Other programs draw their own progress from it."""
    with Activity(
        make_logger("internal-json"), ActivityType.BUILD, "b", fields=("/d", "", 1, 1)
    ) as build:
        build.result(ResultType.SET_PHASE, "install")
    lines = capsys.readouterr().err.splitlines()
    events = [json.loads(line.removeprefix("@nix ")) for line in lines]
    assert [event["action"] for event in events] == ["start", "result", "stop"]
    assert events[0]["fields"] == ["/d", "", 1, 1]
    assert events[0]["type"] == 105
    assert events[1] == {"action": "result", "fields": ["install"], "id": build.id, "type": 104}


def test_formats_choose_their_logger() -> None:
    """Nobody watches a pipe: no tree there."""
    assert isinstance(make_logger(None), RawLogger)
    assert isinstance(make_logger("internal-json"), JsonLogger)
    tree = make_logger("bar-with-logs")
    assert isinstance(tree, TreeLogger)
    tree.close()
