"""Machines whose QEMU is `fake_qemu.py`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from driver_machines import MachineMaker, start_command
from test_driver.logger import Logger
from test_driver.places import Places
from test_driver.qemu import QemuMachine
from test_driver.sinks import Recorder


@pytest.fixture
def record() -> Recorder:
    return Recorder()


@pytest.fixture
def logger(record: Recorder) -> Logger:
    return Logger([record])


@pytest.fixture
def places(tmp_path: Path, logger: Logger, monkeypatch: pytest.MonkeyPatch) -> Iterator[Places]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    out = tmp_path / "out"
    out.mkdir()
    places = Places.claim(["server", "client"], out, logger, keeps_state=False)
    yield places
    places.release()


@pytest.fixture
def make_machine(places: Places, logger: Logger) -> Iterator[MachineMaker]:
    machines = []

    def make(*flags: str, name: str = "server") -> QemuMachine:
        machine = QemuMachine(name, start_command(*flags), places, logger)
        machines.append(machine)
        return machine

    yield make
    for machine in machines:
        machine.release()


@pytest.fixture
def machine(make_machine: MachineMaker) -> QemuMachine:
    return make_machine()
