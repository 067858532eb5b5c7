"""The renderers of progress events."""

import json

import pytest

from neve import terminal
from neve.log import Activity, ActivityType, Level, ResultType
from neve.progress import BarLogger, JsonLogger, RawLogger, make_logger


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
    with Activity(JsonLogger(), ActivityType.BUILD, "b", fields=("/d", "", 1, 1)) as build:
        build.result(ResultType.SET_PHASE, "install")
    lines = capsys.readouterr().err.splitlines()
    events = [json.loads(line.removeprefix("@nix ")) for line in lines]
    assert [event["action"] for event in events] == ["start", "result", "stop"]
    assert events[0]["fields"] == ["/d", "", 1, 1]
    assert events[0]["type"] == 105
    assert events[1] == {"action": "result", "fields": ["install"], "id": build.id, "type": 104}


def test_bar_counts_and_names_the_newest(capsys: pytest.CaptureFixture[str]) -> None:
    """The line holds how much is done and what runs; messages appear above it; in the end it is gone."""
    bar = BarLogger(shows_logs=False)
    try:
        with Activity(bar, ActivityType.BUILD, "building 'a'"):
            pass
        with Activity(bar, ActivityType.BUILD, "building 'b'") as build:
            build.progress(1, 4)
            build.result(ResultType.BUILD_LOG_LINE, "compiling")
            assert bar.line() == "[1/2 built, 25%] building 'b': compiling"
            bar.message(Level.WARN, "careful")
        assert bar.line() == ""
    finally:
        bar.close()
    words = capsys.readouterr().err
    assert "\r\x1b[Kcareful\n" in words
    assert words.endswith("\r\x1b[K")
    assert terminal.VOICE.before is None


def test_formats_choose_their_logger() -> None:
    """Nobody watches a pipe: no bar there."""
    assert isinstance(make_logger(None), RawLogger)
    assert isinstance(make_logger("internal-json"), JsonLogger)
    bar = make_logger("bar-with-logs")
    assert isinstance(bar, BarLogger)
    bar.close()
