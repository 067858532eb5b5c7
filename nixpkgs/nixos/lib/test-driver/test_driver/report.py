"""The HTML report: one file with a timeline per machine, every step with its output, screenshots, console logs."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from typing_extensions import override

from test_driver.logger import Event, Kind, Level
from test_driver.sinks import Recorder, plain

_TEMPLATE: Final = "report.html.j2"
_BOOTED: Final = "backdoor.service"
"""Its start ends a boot, as far as a test is concerned."""
_UNIT: Final = re.compile(
    r"(?:systemd\[1\]: |\[ *(?:OK|FAILED) *\] )"
    r"(?P<what>Started|Finished|Reached target|Listening on|Mounted|Failed to start) (?P<unit>.+?)\.?$"
)


@dataclass
class Step:
    """A span with what happened inside."""

    number: int
    text: str
    machine: str | None
    begin: float
    end: float
    kind: str
    """`boot`, `subtest`, `command` or `step`."""
    error: str = ""
    status: str = ""
    output: str = ""
    picture: str = ""
    """A `data:` address."""
    messages: list[tuple[float, str, str]] = field(default_factory=list)
    """Seconds, level, text."""
    steps: list[Step] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.begin


@dataclass
class Lane:
    """A machine's share of the timeline, and its console."""

    name: str
    bars: list[Step] = field(default_factory=list)
    units: list[tuple[float, str, bool]] = field(default_factory=list)
    """Seconds, what systemd said of a unit, whether that was a failure."""
    lines: list[tuple[float, str]] = field(default_factory=list)
    """Seconds, console line."""
    started: float = 0.0
    """When QEMU was started last."""
    is_booting: bool = False


@dataclass
class Record:
    """The events of a run, put together."""

    seconds: float
    steps: list[Step]
    lanes: list[Lane]
    subtests: list[Step]
    errors: list[str]


class Report(Recorder):
    """A sink that writes the report when the log is closed."""

    def __init__(self, path: Path, name: str, started_at: float) -> None:
        """`started_at` is in seconds since 1970; raises `OSError` when `path` cannot be written."""
        super().__init__()
        path.touch()
        self._path: Final = path
        self._name: Final = name
        self._started_at: Final = started_at

    @override
    def close(self) -> None:
        """Write the file."""
        text = render(self._name, self._started_at, put_together(self.events))
        self._path.write_text(text, encoding="utf-8")


def render(name: str, started_at: float, record: Record) -> str:
    """The page for a run."""
    import jinja2

    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    template = environment.from_string(
        Path(__file__).with_name(_TEMPLATE).read_text(encoding="utf-8")
    )
    return template.render(
        name=name,
        started=time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(started_at)),
        record=record,
        share=lambda seconds: f"{100 * seconds / max(record.seconds, 0.001):.3f}",
    )


def put_together(events: list[Event]) -> Record:
    """The tree of steps, a lane for each machine, and what was reported as an error."""
    by_number: dict[int, Step] = {}
    lanes: dict[str, Lane] = {}
    record = Record(events[-1].seconds if events else 0.0, [], [], [], [])
    for event in events:
        lane = None
        if event.machine is not None:
            lane = lanes.setdefault(event.machine, Lane(event.machine))
        if event.kind is Kind.BEGIN:
            _begin(event, by_number, record, lane)
        elif event.kind is Kind.END:
            _finish(by_number[event.span], event)
        elif event.kind is Kind.SERIAL:
            if lane is not None:
                _add_console_line(lane, event)
        else:
            _add_message(event, by_number, record, lane)
    record.lanes = [lanes[name] for name in sorted(lanes)]
    return record


def _begin(event: Event, by_number: dict[int, Step], record: Record, lane: Lane | None) -> None:
    step = Step(
        event.span,
        plain(event.text),
        event.machine,
        event.seconds,
        record.seconds,
        _kind_of(event),
    )
    by_number[event.span] = step
    parent = by_number.get(event.parent)
    (record.steps if parent is None else parent.steps).append(step)
    if step.kind == "subtest":
        record.subtests.append(step)
    if lane is not None and (parent is None or parent.machine != step.machine):
        lane.bars.append(step)


def _kind_of(event: Event) -> str:
    for key in ("boot", "subtest", "command"):
        if key in event.attributes:
            return key
    return "step"


def _finish(step: Step, event: Event) -> None:
    attributes = event.attributes
    step.end = event.seconds
    step.error = plain(str(attributes.get("error", "")))
    step.status = str(attributes.get("status", ""))
    step.output = plain(str(attributes.get("output", "")))
    screenshot = attributes.get("screenshot")
    if screenshot is not None:
        step.picture = _embedded(Path(str(screenshot)))


def _add_console_line(lane: Lane, event: Event) -> None:
    line = plain(event.text)
    lane.lines.append((event.seconds, line))
    found = _UNIT.search(line)
    if found is not None:
        lane.units.append(
            (event.seconds, f"{found['what']} {found['unit']}", found["what"].startswith("Failed"))
        )
        if lane.is_booting and _BOOTED in found["unit"]:
            lane.is_booting = False
            lane.bars.insert(0, Step(0, "boot", lane.name, lane.started, event.seconds, "boot"))


def _add_message(
    event: Event, by_number: dict[int, Step], record: Record, lane: Lane | None
) -> None:
    text = plain(event.text)
    if lane is not None and text.startswith("QEMU running"):
        lane.started, lane.is_booting = event.seconds, True
    if event.level is Level.ERROR:
        record.errors.append(text if event.machine is None else f"{event.machine}: {text}")
    step = by_number.get(event.span)
    if step is not None:
        step.messages.append((event.seconds, event.level.name.lower(), text))


def _embedded(picture: Path) -> str:
    try:
        data = picture.read_bytes()
    except OSError:
        # The script may have moved its screenshot away.
        return ""
    return "data:image/png;base64," + base64.b64encode(data).decode()
