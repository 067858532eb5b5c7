"""`json-log-path`: a record of what commands say and do."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from neve import terminal
from neve.cli.recording import start_recording
from neve.log import Activity, ActivityType, Level
from neve.progress import make_logger


@pytest.fixture(autouse=True)
def _no_record_after() -> Iterator[None]:
    yield
    if terminal.VOICE.record is not None:
        terminal.VOICE.record.close()
        terminal.VOICE.record = None


def speak() -> None:
    """Says a thing of each kind."""
    log = make_logger("raw")
    terminal.warn("odd")
    log.message(Level.ERROR, "broken")
    log.message(Level.VOMIT, "detail")
    with Activity(log, ActivityType.BUILD, "building", level=Level.INFO, fields=("x.drv",)):
        pass
    terminal.error("the end")


def actions(text: str) -> list[tuple[str, object]]:
    """What was recorded, in short."""
    events = [json.loads(line) for line in text.splitlines()]
    return [(event["action"], event.get("msg", event.get("text"))) for event in events]


def test_a_record_holds_messages_and_activities_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is said by whatever way is a line of the record, and a line for people."""
    start_recording(str(tmp_path / "log"))
    speak()
    recorded = actions((tmp_path / "log").read_text())
    assert [action for action, _ in recorded] == ["msg", "msg", "start", "stop", "msg"]
    assert [terminal.strip_colours(str(text)) for _, text in recorded] == [
        "warning: odd",
        "broken",
        "building",
        "None",
        "error: the end",
    ]
    assert capsys.readouterr().err.splitlines() == [
        "warning: odd",
        "broken",
        "building...",
        "error: the end",
    ]


def test_a_record_goes_on_after_an_earlier_one(tmp_path: Path) -> None:
    """A file that is there grows."""
    (tmp_path / "log").write_text("{}\n")
    start_recording(str(tmp_path / "log"))
    terminal.warn("odd")
    assert len((tmp_path / "log").read_text().splitlines()) == 2


def test_a_socket_receives_the_record(tmp_path: Path) -> None:
    """Where a socket is, whoever listens there is told."""
    path = str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        start_recording(path)
        terminal.warn("odd")
        connection, _ = listener.accept()
        with connection:
            assert actions(connection.recv(1000).decode())[0][0] == "msg"


def test_a_record_that_cannot_be_written_ends_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A place that cannot be opened is named, a full disk ends the record with a warning."""
    start_recording(str(tmp_path / "missing" / "log"))
    assert "error (ignored): opening log file" in capsys.readouterr().err
    start_recording("/dev/full")
    terminal.warn("odd")
    terminal.warn("more")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("warning: disabling JSON logger due to write errors")
    assert lines[1:] == ["warning: odd", "warning: more"]
