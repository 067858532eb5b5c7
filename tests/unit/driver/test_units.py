"""Waiting for units and asking about them, with a `systemctl` that reads states from files."""

import pytest
from driver_machines import MachineMaker
from test_driver.errors import ActionTimedOutError, AssertionFailedError, MachineError
from test_driver.qemu import QemuMachine
from test_driver.sinks import Recorder


def set_state(machine: QemuMachine, unit: str, state: str) -> None:
    """Let `unit` be in `state`."""
    (machine.shared_dir / unit).write_text(state)


def test_a_unit_that_is_up_is_asked_for_once(machine: QemuMachine, record: Recorder) -> None:
    """One question is enough."""
    set_state(machine, "web.service", "active")
    asked = []
    machine.connect()
    run = machine._run
    machine._run = lambda command: (asked.append(command), run(command))[1]  # type: ignore[method-assign,func-returns-value]
    machine.wait_for_unit("web.service")
    # The machine has no bridge to systemd's bus; it is not looked for again.
    assert len(asked) == 2
    machine.wait_for_unit("web.service")
    assert len(asked) == 3
    assert record.events[-1].text == "waiting for unit web.service"


def test_failed_units_end_the_wait_at_once(machine: QemuMachine) -> None:
    """With the state in the message."""
    set_state(machine, "web.service", "failed")
    with pytest.raises(AssertionFailedError, match=r'unit "web\.service" reached state "failed"'):
        machine.wait_for_unit("web.service")


def test_inactive_units_are_waited_for_while_there_are_jobs(machine: QemuMachine) -> None:
    """Without jobs nothing will start them."""
    set_state(machine, "jobs", "1 web.service start waiting")
    with pytest.raises(ActionTimedOutError, match=r"waiting for unit web\.service on server"):
        machine.wait_for_unit("web.service", timeout=0.3)
    (machine.shared_dir / "jobs").unlink()
    with pytest.raises(AssertionFailedError, match="is inactive and there are no pending jobs"):
        machine.wait_for_unit("web.service")


def test_properties_of_units(machine: QemuMachine) -> None:
    """All of them, one of them, and what there is not."""
    set_state(machine, "web.service", "active")
    assert machine.get_unit_info("web.service") == {"ActiveState": "active", "Id": "web.service"}
    assert machine.get_unit_property("web.service", "Id") == "web.service"
    with pytest.raises(AssertionFailedError, match='has no property "Nothing"'):
        machine.get_unit_property("web.service", "Nothing")
    with pytest.raises(AssertionFailedError, match='for unit "broken" failed with exit code 1'):
        machine.get_unit_info("broken")
    machine.require_unit_state("web.service")
    with pytest.raises(
        AssertionFailedError, match="to be in state 'failed' but it is in state 'active'"
    ):
        machine.require_unit_state("web.service", "failed")


def test_jobs_are_started_and_stopped(make_machine: MachineMaker) -> None:
    """The command line is the manager's."""
    machine = make_machine()
    assert machine.start_job("web") == (0, "start web\n")
    assert machine.stop_job("web") == (0, "stop web\n")
    assert machine.systemctl("reload web") == (0, "reload web\n")


def test_another_shell_means_another_bridge(machine: QemuMachine) -> None:
    """What the shell ran in the background ends with it, so the bridge is started again; but only then."""
    set_state(machine, "web.service", "active")
    asked = []
    machine.connect()
    run = machine._run
    machine._run = lambda command: (asked.append(command), run(command))[1]  # type: ignore[method-assign,func-returns-value]

    def bridges() -> int:
        machine.wait_for_unit("web.service")
        return len([command for command in asked if "systemd-stdio-bridge" in command])

    assert [bridges(), bridges()] == [1, 1]
    with pytest.raises(MachineError, match="the root shell died"):
        machine.succeed("kill -KILL $$; sleep 5")
    assert [bridges(), bridges()] == [2, 2]
    with machine._the_shell.borrow() as connection:
        connection.sendall(b"exit\n")
    assert [bridges(), bridges()] == [3, 3]
    with machine._the_shell.borrow() as connection:
        connection.sendall(b"true\n")
    assert [bridges(), bridges()] == [3, 3]
