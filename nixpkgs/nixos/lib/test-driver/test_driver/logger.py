"""What happens during a test, as a stream of events that several sinks show, write or count."""

from __future__ import annotations

import enum
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Level(enum.IntEnum):
    """How important a message is."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40

    @classmethod
    def from_name(cls, name: str) -> Level:
        """The level that a user spells `name`; raises `KeyError`."""
        return cls[name.upper()]


class Kind(enum.Enum):
    """What an event is."""

    MESSAGE = "message"
    SERIAL = "serial"
    """A line of a machine's serial console."""
    BEGIN = "begin"
    """A span starts: a command, a wait, a sub-test."""
    END = "end"
    """A span is over; its attributes are complete, and have `error` when an exception left it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""

    kind: Kind
    seconds: float
    """Since the logger was made."""
    text: str
    machine: str | None = None
    level: Level = Level.INFO
    span: int = 0
    """For `BEGIN` and `END` the span's own number, otherwise the one around it (0: none)."""
    parent: int = 0
    """For `BEGIN` and `END`: the number of the span around it."""
    attributes: Mapping[str, object] = field(default_factory=dict)


class Sink(Protocol):
    """Something that is told every event, one at a time."""

    def handle(self, event: Event) -> None:
        """Take note of `event`."""

    def close(self) -> None:
        """Write what is left; no event follows."""


@dataclass(slots=True)
class Span:
    """Something that takes time. `attributes` may be added to until it ends."""

    number: int
    parent: int
    text: str
    machine: str | None
    start: float
    attributes: dict[str, object]


class Logger:
    """The test script's `log`; may be used from any thread."""

    def __init__(self, sinks: Sequence[Sink] = (), *, level: Level = Level.INFO) -> None:
        self.sinks: Final = list(sinks)
        self.level = level
        self.is_serial_echoed = True
        """Whether sinks for people show the serial consoles (`serial_stdout_on()`, `serial_stdout_off()`)."""
        self.started_at: Final = time.time()
        self._origin: Final = time.monotonic()
        self._lock: Final = threading.RLock()
        self._count = 0
        self._open: Final[dict[int, list[Span]]] = {}

    @property
    def seconds(self) -> float:
        """The time since the test began."""
        return time.monotonic() - self._origin

    def running(self) -> list[Span]:
        """What is under way now, outermost first, thread after thread."""
        with self._lock:
            return [span for spans in self._open.values() for span in spans]

    def log(self, message: str, attributes: Mapping[str, object] | None = None) -> None:
        """A message; `attributes` may name the `machine` it is about."""
        self._message(Level.INFO, message, attributes)

    def info(self, message: str, attributes: Mapping[str, object] | None = None) -> None:
        """The same as `log`."""
        self._message(Level.INFO, message, attributes)

    def debug(self, message: str, attributes: Mapping[str, object] | None = None) -> None:
        """A message for who looks into the driver."""
        self._message(Level.DEBUG, message, attributes)

    def warning(self, message: str, attributes: Mapping[str, object] | None = None) -> None:
        """A message about what may be a mistake."""
        self._message(Level.WARNING, message, attributes)

    def error(self, message: str, attributes: Mapping[str, object] | None = None) -> None:
        """A message about what went wrong."""
        self._message(Level.ERROR, message, attributes)

    def log_serial(self, message: str, machine: str) -> None:
        """A line of the serial console of `machine`."""
        self._emit(Event(Kind.SERIAL, self.seconds, message, machine))

    @contextmanager
    def nested(
        self, message: str, attributes: Mapping[str, object] | None = None
    ) -> Iterator[Span]:
        """A block that is shown with how long it took; what it yields takes further attributes."""
        span = self._begin(message, dict(attributes or {}))
        try:
            yield span
        except BaseException as error:
            span.attributes.setdefault("error", f"{type(error).__name__}: {error}".rstrip(": "))
            raise
        finally:
            self._end(span)

    @contextmanager
    def subtest(self, name: str, attributes: Mapping[str, object] | None = None) -> Iterator[Span]:
        """A named part of the test; a failure inside is logged with the name and goes on upwards."""
        with self.nested(f"subtest: {name}", {**(attributes or {}), "subtest": name}) as span:
            try:
                yield span
            except Exception as error:
                self.error(f'subtest "{name}" failed: {type(error).__name__}: {error}')
                raise

    def close(self) -> None:
        """End the log: every sink writes what it has to."""
        with self._lock:
            for sink in self.sinks:
                sink.close()
            self.sinks.clear()

    def _message(self, level: Level, message: str, attributes: Mapping[str, object] | None) -> None:
        if level < self.level:
            return
        attributes = attributes or {}
        spans = self._open.get(threading.get_ident(), [])
        machine = attributes.get("machine")
        self._emit(
            Event(
                Kind.MESSAGE,
                self.seconds,
                message,
                None if machine is None else str(machine),
                level,
                spans[-1].number if spans else 0,
                attributes=attributes,
            )
        )

    def _begin(self, message: str, attributes: dict[str, object]) -> Span:
        with self._lock:
            spans = self._open.setdefault(threading.get_ident(), [])
            self._count += 1
            machine = attributes.pop("machine", None)
            span = Span(
                self._count,
                spans[-1].number if spans else 0,
                message,
                None if machine is None else str(machine),
                self.seconds,
                attributes,
            )
            spans.append(span)
        self._emit(_span_event(Kind.BEGIN, span, span.start))
        return span

    def _end(self, span: Span) -> None:
        end = self.seconds
        with self._lock:
            spans = self._open[threading.get_ident()]
            spans.remove(span)
            if not spans:
                del self._open[threading.get_ident()]
        span.attributes["duration"] = end - span.start
        self._emit(_span_event(Kind.END, span, end))

    def _emit(self, event: Event) -> None:
        with self._lock:
            for sink in self.sinks:
                sink.handle(event)


def _span_event(kind: Kind, span: Span, seconds: float) -> Event:
    return Event(
        kind,
        seconds,
        span.text,
        span.machine,
        span=span.number,
        parent=span.parent,
        attributes=dict(span.attributes),
    )
