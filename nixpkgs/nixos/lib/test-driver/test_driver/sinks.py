"""Sinks of the log: a terminal, a text file, an XML file, JUnit, and the record that the report is made from."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING, Final, TextIO
from xml.etree import ElementTree as ET
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from typing_extensions import override

from test_driver.logger import Event, Kind, Level

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SHOWN_OF_STEP: Final = 60
"""Characters."""
_DIM: Final = "\x1b[2m"
_BOLD: Final = "\x1b[1m"
_RED: Final = "\x1b[1;31m"
_YELLOW: Final = "\x1b[1;33m"
_NORMAL: Final = "\x1b[0m"
_NOT_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff]")
_ESCAPES: Final = re.compile(
    r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07]*(?:\x07|\x1b\\)|[@-Z\\-_=>c])"
)


def plain(text: str) -> str:
    """`text` without terminal controls and without what XML and people cannot read."""
    return _NOT_TEXT.sub("", _ESCAPES.sub("", text))


class TextLog:
    """Lines for people: `machine: message`, `machine # console line`, and how long blocks took."""

    def __init__(
        self,
        stream: TextIO | None,
        *,
        has_colour: bool = False,
        shows_serial: Callable[[], bool] = lambda: True,
    ) -> None:
        """Without a `stream` it is what standard error is at the time: an interactive session changes that."""
        self._stream: Final = stream
        self._has_colour: Final = has_colour
        self._shows_serial: Final = shows_serial

    @classmethod
    def on_stderr(cls, shows_serial: Callable[[], bool]) -> TextLog:
        """What a person or a build log sees."""
        return cls(None, has_colour=sys.stderr.isatty(), shows_serial=shows_serial)

    def handle(self, event: Event) -> None:
        """Write one line (or several, when the text has several)."""
        line = self._line(event)
        if line is not None:
            stream = self._stream or sys.stderr
            stream.write(line + "\n")
            stream.flush()

    def close(self) -> None:
        """Nothing is held back."""

    def _line(self, event: Event) -> str | None:
        text = plain(event.text)
        if event.kind is Kind.SERIAL:
            return self._paint(_DIM, f"{event.machine} # {text}") if self._shows_serial() else None
        named = text if event.machine is None else f"{event.machine}: {text}"
        if event.kind is Kind.END:
            seconds = float(str(event.attributes["duration"]))
            return f"(finished: {named}, in {seconds:.2f} seconds)"
        if event.kind is Kind.BEGIN:
            return self._paint(_BOLD, named)
        colour = {Level.ERROR: _RED, Level.WARNING: _YELLOW}.get(event.level)
        return named if colour is None else self._paint(colour, named)

    def _paint(self, colour: str, text: str) -> str:
        return f"{colour}{text}{_NORMAL}" if self._has_colour else text


class TextFile(TextLog):
    """The same lines in a file that this sink opens and closes."""

    def __init__(self, path: Path) -> None:
        self._file: Final = path.open("w", encoding="utf-8", errors="replace")
        super().__init__(self._file)

    @override
    def close(self) -> None:
        """Close the file."""
        self._file.close()


class BuildPhase:
    """Tells the Nix that runs this build what is going on: the sub-test, and what each machine is doing.

    That is a line `@nix {"action": "setPhase", …}` on the descriptor that the variable NIX_LOG_FD names.
    """

    def __init__(self, fd: int) -> None:
        self._fd: Final = fd
        self._open: Final[dict[int, Event]] = {}
        self._shown = ""

    def handle(self, event: Event) -> None:
        """Say it when it has changed."""
        if event.kind is Kind.BEGIN:
            self._open[event.span] = event
        elif event.kind is Kind.END:
            self._open.pop(event.span, None)
        phase = self._phase()
        if phase != self._shown:
            self._shown = phase
            line = json.dumps({"action": "setPhase", "phase": phase})
            os.write(self._fd, f"@nix {line}\n".encode())

    def close(self) -> None:
        """Nothing is held back."""

    def _phase(self) -> str:
        subtests = [
            str(event.attributes["subtest"])
            for event in self._open.values()
            if "subtest" in event.attributes
        ]
        # The innermost of each machine.
        doing = {
            event.machine: event.text for event in self._open.values() if event.machine is not None
        }
        machines = ", ".join(
            f"{machine}: {plain(text).partition(chr(10))[0][:_SHOWN_OF_STEP]}"
            for machine, text in sorted(doing.items())
        )
        return " > ".join([*map(plain, subtests), *([machines] if machines else [])])


class XmlLog:
    """The nested XML log that `LOGFILE` asks for."""

    def __init__(self, path: Path) -> None:
        self._file: Final = path.open("w", encoding="utf-8", errors="replace")
        self._xml: Final = XMLGenerator(self._file, encoding="utf-8")
        self._xml.startDocument()
        self._xml.startElement("logfile", AttributesImpl({}))

    def handle(self, event: Event) -> None:
        """Write an element."""
        attributes = {} if event.machine is None else {"machine": event.machine}
        if event.kind is Kind.BEGIN:
            self._xml.startElement("nest", AttributesImpl({}))
            self._element("head", attributes, event.text)
        elif event.kind is Kind.END:
            self._xml.endElement("nest")
        else:
            source = {"type": "serial"} if event.kind is Kind.SERIAL else {}
            self._element("line", {**attributes, **source}, event.text)

    def close(self) -> None:
        """Close the document."""
        self._xml.endElement("logfile")
        self._xml.endDocument()
        self._file.close()

    def _element(self, name: str, attributes: dict[str, str], text: str) -> None:
        self._xml.startElement(name, AttributesImpl(attributes))
        self._xml.characters(plain(text))
        self._xml.endElement(name)


class Recorder:
    """Keeps every event, for what is written at the end."""

    def __init__(self) -> None:
        self.events: Final[list[Event]] = []

    def handle(self, event: Event) -> None:
        """Keep `event`."""
        self.events.append(event)

    def close(self) -> None:
        """Nothing to do."""


class JunitXml:
    """A JUnit report: a case for each sub-test and one for the script as a whole."""

    def __init__(self, path: Path, name: str) -> None:
        """Raises `OSError` when `path` cannot be written."""
        path.touch()
        self._path: Final = path
        self._suite: Final = ET.Element("testsuite", name=name)
        self._output: Final[list[str]] = []
        self._failures: Final[list[str]] = []
        self._seconds = 0.0

    def handle(self, event: Event) -> None:
        """Take note of finished sub-tests and of errors."""
        self._seconds = event.seconds
        if event.kind is Kind.END and "subtest" in event.attributes:
            self._add_case(
                str(event.attributes["subtest"]),
                float(str(event.attributes["duration"])),
                event.attributes.get("error"),
            )
        elif event.kind is Kind.MESSAGE:
            self._output.append(plain(event.text))
            if event.level is Level.ERROR:
                self._failures.append(plain(event.text))

    def close(self) -> None:
        """Write the file."""
        script = self._add_case("main", self._seconds, "\n".join(self._failures) or None)
        ET.SubElement(script, "system-out").text = "\n".join(self._output)
        cases = self._suite.findall("testcase")
        failures = [case for case in cases if case.find("failure") is not None]
        self._suite.set("tests", str(len(cases)))
        self._suite.set("failures", str(len(failures)))
        root = ET.Element("testsuites")
        root.append(self._suite)
        ET.ElementTree(root).write(self._path, encoding="utf-8", xml_declaration=True)

    def _add_case(self, name: str, seconds: float, error: object) -> ET.Element:
        case = ET.SubElement(
            self._suite,
            "testcase",
            name=plain(name),
            classname=self._suite.get("name", ""),
            time=f"{seconds:.3f}",
        )
        if error is not None:
            ET.SubElement(
                case, "failure", message=plain(str(error)).partition("\n")[0]
            ).text = plain(str(error))
        return case
