"""A run of a test: its networks, its machines, its script, its limit."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Self

from test_driver.configuration import Configuration, identifier
from test_driver.debug import Debug, NoDebug
from test_driver.errors import AssertionFailedError, ConfigurationError, DriverError
from test_driver.machine import BaseMachine
from test_driver.places import Places
from test_driver.polling import PollingCondition, retry
from test_driver.qemu import QemuMachine, name_of_start_command
from test_driver.script import compile_script, machines_left_to_start, run_script, script_traceback
from test_driver.vlan import VLan

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from test_driver.logger import Logger, Span

_SHOWN_CONSOLE_LINES: Final = 20
_VSOCK_DEVICE: Final = "/dev/vhost-vsock"


class _Tester(unittest.TestCase):
    """The script's `t`."""

    failureException: type[BaseException] = AssertionFailedError


class Driver:
    """A context: entering starts the networks, leaving ends every process and removes what is temporary."""

    def __init__(
        self,
        configuration: Configuration,
        logger: Logger,
        out_dir: Path,
        *,
        keep_machine_state: bool = False,
        removes_state: bool = False,
        debug: Debug | None = None,
    ) -> None:
        """Raises `ConfigurationError` when names clash. `removes_state`: the machines' state goes at the end, too."""
        self.configuration: Final = configuration
        self.logger: Final = logger
        self.debug: Final[Debug] = debug or NoDebug()
        self.vlans: Final[list[VLan]] = []
        self.machines_qemu: Final[list[QemuMachine]] = []
        self.polling_conditions: Final[list[PollingCondition]] = []
        self._created: Final[list[QemuMachine]] = []
        self._out_dir: Final = out_dir
        self._keep_machine_state: Final = keep_machine_state
        self._removes_state: Final = removes_state
        self._places: Places | None = None
        self._resources: Final = ExitStack()
        self._timer: threading.Timer | None = None
        self._globals: dict[str, Any] | None = None
        _check_names(configuration, self._common_symbols())

    @property
    def machines(self) -> list[QemuMachine]:
        """The test's machines in the order of their names."""
        return self.machines_qemu

    def __enter__(self) -> Self:
        configuration = self.configuration
        names = [machine.name for machine in configuration.machines]
        with ExitStack() as begun:
            places = Places.claim(
                names, self._out_dir, self.logger, keeps_state=self._keep_machine_state
            )
            begun.callback(places.release)
            self._places = places
            for nr in configuration.vlans:
                vlan = VLan(nr, places.scratch, self.logger)
                begun.callback(vlan.stop)
                self.vlans.append(vlan)
            for machine in configuration.machines:
                self.machines_qemu.append(
                    self._make(
                        machine.name, machine.start_script, keeps_state=self._keep_machine_state
                    )
                )
            begun.callback(self._release_machines)
            self._resources.push(begun.pop_all())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.cancel_timer()
        self._resources.close()

    def symbols(self) -> dict[str, Any]:
        """The script's names; the same dictionary every time, so that the REPL sees what the script defined."""
        if self._globals is None:
            self._globals = self._make_symbols()
        return self._globals

    def run_tests(self) -> None:
        """The whole test: its time limit, its script, and a `sync` on every machine that is up."""
        self._timer = threading.Timer(self.configuration.global_timeout, self._on_timeout)
        self._timer.daemon = True
        self._timer.start()
        try:
            self.test_script()
            for machine in [*self.machines, *self._created]:
                if machine.is_up():
                    machine.execute("sync", timeout=None)
        finally:
            self.cancel_timer()

    def test_script(self) -> None:
        """Run the script; an error that leaves it was told in the log, with the script's own lines."""
        path = self.configuration.test_script
        if path is None:
            raise ConfigurationError("there is no test script")
        with self.logger.nested("run the VM test script"):
            try:
                text = path.read_text(encoding="utf-8")
                code = compile_script(text)
                self._start_ahead(text)
                run_script(code, self.symbols())
            except Exception as error:
                self._tell_failure(error)
                self.debug.post_mortem(error)
                raise

    def start_all(self) -> None:
        """Start every machine, all at the same time; their boots are not waited for."""
        with self.logger.nested("start all VMs"):
            _start_together(self.machines)

    def join_all(self) -> None:
        """Wait until every machine has powered off; the test's time limit no longer counts."""
        with self.logger.nested("wait for all VMs to finish"):
            for machine in self.machines:
                machine.wait_for_shutdown()
            self.cancel_timer()

    def subtest(self, name: str) -> AbstractContextManager[Span]:
        """A named part of the test."""
        return self.logger.subtest(name)

    def create_machine(
        self,
        start_command: str,
        *,
        name: str | None = None,
        keep_machine_state: bool = False,
        keep_vm_state: bool = False,
    ) -> QemuMachine:
        """A further machine from a start script; the script itself starts and ends it.

        Raises `ConfigurationError` when its name is taken or cannot be told. `keep_vm_state` is the former name of
        `keep_machine_state`.
        """
        name = name or name_of_start_command(start_command)
        if any(machine.name == name for machine in [*self.machines, *self._created]):
            raise ConfigurationError(
                f"there is a machine named {name} already: give another `name`"
            )
        machine = self._make(name, start_command, keeps_state=keep_machine_state or keep_vm_state)
        self._created.append(machine)
        return machine

    def polling_condition(
        self,
        fun_: Callable[[], bool | None] | None = None,
        *,
        seconds_interval: float = 2.0,
        description: str | None = None,
    ) -> Any:
        """Make a condition of a function (also as a decorator with arguments); `with` it, it has to stay true."""
        if fun_ is None:
            return functools.partial(
                self.polling_condition, seconds_interval=seconds_interval, description=description
            )
        return PollingCondition(
            fun_,
            self.logger,
            self.polling_conditions,
            seconds_interval=seconds_interval,
            description=description,
        )

    def serial_stdout_on(self) -> None:
        """Show the serial consoles in the log."""
        self.logger.is_serial_echoed = True

    def serial_stdout_off(self) -> None:
        """Do not show the serial consoles in the log; the report has them all the same."""
        self.logger.is_serial_echoed = False

    def dump_machine_ssh(self) -> None:
        """Say how to reach every machine by ssh, if the test has the ssh backdoor."""
        if not self.configuration.vsock_cids:
            self.logger.log("this test has no ssh backdoor: set `sshBackdoor.enable = true`")
        for name, cid in self.configuration.vsock_cids.items():
            self.logger.log(f"ssh -o User=root vsock/{cid}", {"machine": name})

    def cancel_timer(self) -> None:
        """The test's time limit no longer counts."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _common_symbols(self) -> dict[str, Any]:
        """The names that every script has."""
        return {
            "BaseMachine": BaseMachine,
            "Machine": QemuMachine,
            "PollingCondition": PollingCondition,
            "QemuMachine": QemuMachine,
            "VLan": VLan,
            "create_machine": self.create_machine,
            "debug": self.debug,
            "driver": self,
            "dump_machine_ssh": self.dump_machine_ssh,
            "join_all": self.join_all,
            "log": self.logger,
            "machines": self.machines,
            "machines_qemu": self.machines_qemu,
            "os": os,
            "polling_condition": self.polling_condition,
            "retry": retry,
            "run_tests": self.run_tests,
            "serial_stdout_off": self.serial_stdout_off,
            "serial_stdout_on": self.serial_stdout_on,
            "start_all": self.start_all,
            "subtest": self.subtest,
            "t": _Tester(),
            "test_script": self.test_script,
            "vlans": self.vlans,
        }

    def _make_symbols(self) -> dict[str, Any]:
        symbols: dict[str, Any] = {"__name__": "__main__", **self._common_symbols()}
        if len(self.machines) == 1:
            symbols["machine"] = self.machines[0]
        by_name = {machine.name: machine for machine in self.machines}
        symbols.update({identifier(name): machine for name, machine in by_name.items()})
        for configured in self.configuration.machines:
            if configured.host_name:
                symbols.setdefault(identifier(configured.host_name), by_name[configured.name])
        symbols.update({f"vlan{vlan.nr}": vlan for vlan in self.vlans})
        return symbols

    def _make(self, name: str, start_command: str, *, keeps_state: bool) -> QemuMachine:
        if self._places is None:
            raise ConfigurationError("the driver has not been entered")
        environment: dict[str, str] = {}
        for vlan in self.vlans:
            environment |= vlan.environment
        return QemuMachine(
            name,
            start_command,
            self._places,
            self.logger,
            conditions=self.polling_conditions,
            environment=environment,
            keep_machine_state=keeps_state,
            qemu_arguments=self._vsock_arguments(name),
        )

    def _vsock_arguments(self, name: str) -> list[str]:
        """What gives the machine the virtual socket of the ssh backdoor, where this host has such sockets."""
        cid = self.configuration.vsock_cids.get(name)
        if cid is None:
            return []
        if not os.access(_VSOCK_DEVICE, os.R_OK | os.W_OK):
            self.logger.warning(
                f"no ssh backdoor: {_VSOCK_DEVICE} is not there for us (modprobe vhost_vsock; "
                f"in builds --option extra-sandbox-paths {_VSOCK_DEVICE})",
                {"machine": name},
            )
            return []
        return ["-device", f"vhost-vsock-pci,guest-cid={cid}"]

    def _start_ahead(self, text: str) -> None:
        """Start the machines that the script would start one after the other by using them: they boot together."""
        symbols = self.symbols()
        machines = {machine.name: machine for machine in self.machines}
        names = [name for name, value in symbols.items() if isinstance(value, QemuMachine)]
        wanted = {symbols[name].name for name in machines_left_to_start(text, names)}
        if len(wanted) > 1:
            _start_together([machines[name] for name in sorted(wanted)])

    def _release_machines(self) -> None:
        machines = [*self.machines, *self._created]
        if any(machine.pid is not None for machine in machines):
            with self.logger.nested("cleanup"), ThreadPoolExecutor(max_workers=8) as pool:
                list(pool.map(QemuMachine.release, machines))
        if self._removes_state and not self._keep_machine_state:
            for machine in machines:
                machine.remove_state()

    def _tell_failure(self, error: Exception) -> None:
        self.logger.error("Test failed:")
        for line in script_traceback(error):
            self.logger.error(f"!!! {line}")
        if isinstance(error, DriverError) and error.machine is not None:
            self._show_console(error.machine)

    def _on_timeout(self) -> None:
        limit = self.configuration.global_timeout
        self.logger.error(
            f"the test did not finish within its limit of {limit} seconds (globalTimeout)"
        )
        for line in _script_lines_under_way():
            self.logger.error(f"!!! {line}")
        for span in self.logger.running():
            place = "" if span.machine is None else f"{span.machine}: "
            waited = self.logger.seconds - span.start
            self.logger.error(f"under way for {waited:.0f} seconds: {place}{span.text}")
        for machine in self.machines:
            self._show_console(machine.name)
        os.kill(os.getpid(), signal.SIGTERM)

    def _show_console(self, name: str) -> None:
        for machine in [*self.machines, *self._created]:
            lines = machine.last_console_lines(_SHOWN_CONSOLE_LINES)
            if machine.name == name and lines:
                self.logger.error("the last lines of its console:", {"machine": name})
                for line in lines:
                    self.logger.error(f"  {line}", {"machine": name})


def _check_names(configuration: Configuration, common: Collection[str]) -> None:
    """Raise `ConfigurationError` when two things would have one name in the script."""
    taken: dict[str, str] = {}
    for machine in configuration.machines:
        name = identifier(machine.name)
        if name in common:
            raise ConfigurationError(
                f"the machine {machine.name} hides a name of the test script: rename it"
            )
        if name in taken:
            raise ConfigurationError(
                f"the machines {taken[name]} and {machine.name} are both called {name} in the test script: rename one"
            )
        taken[name] = machine.name


def _start_together(machines: Sequence[QemuMachine]) -> None:
    if machines:
        with ThreadPoolExecutor(max_workers=len(machines)) as pool:
            list(pool.map(QemuMachine.start, machines))


def _script_lines_under_way() -> list[str]:
    """The script's lines that the main thread is in, outermost first."""
    import traceback

    from test_driver.script import FILE_NAME

    ident = threading.main_thread().ident
    frame = sys._current_frames().get(ident or 0)  # noqa: SLF001 - the only way to see another thread
    stack = [entry for entry in traceback.extract_stack(frame) if entry.filename == FILE_NAME]
    return "".join(traceback.format_list(stack)).splitlines()
