"""Questions to systemd over its bus, with a stand-in for the bridge and for systemd."""

import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from jeepney import HeaderFields, Message, new_error, new_method_return
from jeepney.low_level import Parser
from test_driver.bus import Bus, BusError, unit_path
from test_driver.errors import MachineError


class Machine:
    """A machine's side of the port: each run of the bridge script starts a bridge that knows `states`."""

    def __init__(self, path: Path) -> None:
        self.port = socket.socket(socket.AF_UNIX)
        self.port.connect(str(path))
        self.states = {"/org/freedesktop/systemd1/unit/nginx_2eservice": "active"}
        self.bridges = 0
        self.answers_before_end = 100
        self.status = 0
        self._nonce = b""

    def run(self, command: str) -> tuple[int, bytes]:
        """What the root shell does with the driver's command."""
        if self.status == 0:
            found = re.search(r"printf '\\0%s\\n' ([0-9a-f]{16})\n", command)
            assert found is not None
            self._nonce = b"\0" + found[1].encode() + b"\n"
            self.bridges += 1
            if "read -r -N" in command:
                self.port.settimeout(0.2)
                with contextlib.suppress(TimeoutError):
                    self.port.recv(1000)
                self.port.settimeout(None)
            threading.Thread(target=self._run_bridge, daemon=True).start()
        return self.status, b""

    def _run_bridge(self) -> None:
        # The port may be closed at any time.
        with contextlib.suppress(OSError):
            self._bridge()

    def _bridge(self) -> None:
        self.port.sendall(b"what an earlier bridge left" + self._nonce)
        greeting = b""
        while not greeting.endswith(b"BEGIN\r\n"):
            data = self.port.recv(1000)
            if not data:
                return
            greeting += data
        assert re.fullmatch(rb"\0AUTH ANONYMOUS ([0-9a-f]{2})+\r\nBEGIN\r\n", greeting)
        self.port.sendall(b"OK 0123456789abcdef0123456789abcdef\r\n")
        parser = Parser()
        for _ in range(self.answers_before_end):
            questions: list[Message] = []
            while not questions:
                data = self.port.recv(1000)
                if not data:
                    return
                questions = parser.feed(data)
            answer = self._answer(questions[0]).serialise(serial=7)
            # In two pieces, as pipes do.
            self.port.sendall(answer[:20])
            self.port.sendall(answer[20:])
        self.port.sendall(self._nonce)

    def _answer(self, question: Message) -> Message:
        interface, name = question.body
        path = question.header.fields[HeaderFields.path]
        if (interface, name) == ("org.freedesktop.systemd1.Manager", "NJobs"):
            return new_method_return(question, "v", (("u", 3),))
        if (interface, name) != ("org.freedesktop.systemd1.Unit", "ActiveState"):
            return new_error(question, "org.freedesktop.DBus.Error.UnknownProperty", "s", ("?",))
        return new_method_return(question, "v", (("s", self.states.get(path, "inactive")),))


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[Bus]:
    bus = Bus(tmp_path / "bus", lambda: None)
    yield bus
    bus.close()


@pytest.fixture
def machine(bus: Bus, tmp_path: Path) -> Iterator[Machine]:
    del bus
    machine = Machine(tmp_path / "bus")
    yield machine
    machine.port.close()


def test_one_bridge_answers_all_questions(bus: Bus, machine: Machine) -> None:
    """About units and about systemd itself; what a bridge before it left is passed over."""
    assert bus.unit_property("nginx", "ActiveState", machine.run) == "active"
    assert bus.unit_property("nginx.service", "ActiveState", machine.run) == "active"
    assert bus.unit_property("other.socket", "ActiveState", machine.run) == "inactive"
    assert bus.manager_property("NJobs", machine.run) == 3
    assert machine.bridges == 1


def test_a_bridge_that_ended_is_replaced(bus: Bus, machine: Machine) -> None:
    """As when systemd executes itself anew."""
    machine.answers_before_end = 1
    for _ in range(3):
        assert bus.unit_property("nginx", "ActiveState", machine.run) == "active"
    assert machine.bridges == 3


def test_a_refusal_is_no_reason_for_a_new_bridge(bus: Bus, machine: Machine) -> None:
    """Its words are the error's."""
    for _ in range(3):
        with pytest.raises(BusError, match="refuses to tell Colour"):
            bus.unit_property("nginx", "Colour", machine.run)
    assert machine.bridges == 1


def test_machines_without_a_bridge_are_asked_once_until_they_boot_anew(
    bus: Bus, machine: Machine
) -> None:
    """Then there is one, perhaps."""
    machine.status = 1
    calls: list[str] = []

    def run(command: str) -> tuple[int, bytes]:
        calls.append(command)
        return machine.run(command)

    for _ in range(3):
        with pytest.raises(BusError, match="the bridge to systemd does not work"):
            bus.unit_property("nginx", "ActiveState", run)
    assert len(calls) == 1
    machine.status = 0
    bus.forget()
    assert bus.unit_property("nginx", "ActiveState", run) == "active"


def test_a_machine_that_ends_is_told(tmp_path: Path) -> None:
    """Not as a missing answer."""

    def check_alive() -> None:
        raise MachineError("machine server ended")

    bus = Bus(tmp_path / "bus", check_alive)
    machine = Machine(tmp_path / "bus")

    def end(_command: str) -> tuple[int, bytes]:
        machine.port.close()
        return 0, b""

    with pytest.raises(MachineError, match="machine server ended"):
        bus.unit_property("nginx", "ActiveState", end)
    bus.close()


@pytest.mark.parametrize(
    ("unit", "path"),
    [
        ("nginx", "nginx_2eservice"),
        ("multi-user.target", "multi_2duser_2etarget"),
        ("getty@tty1.service", "getty_40tty1_2eservice"),
        ("9p.mount", "_39p_2emount"),
        ("-.mount", "_2d_2emount"),
        (r"dev-disk-by\x2dlabel-x.device", "dev_2ddisk_2dby_5cx2dlabel_2dx_2edevice"),
        ("dbus-org.example", "dbus_2dorg_2eexample_2eservice"),
    ],
)
def test_names_of_units_become_paths(unit: str, path: str) -> None:
    """A name without a type is a service's."""
    assert unit_path(unit) == f"/org/freedesktop/systemd1/unit/{path}"


@pytest.mark.parametrize("unit", ["", "/tmp", "ssh*", "two words", "über.service", "a@@b"])
def test_other_names_are_for_systemctl(unit: str) -> None:
    """It makes names of paths and patterns, or refuses."""
    with pytest.raises(BusError, match="not the name of a unit"):
        unit_path(unit)
