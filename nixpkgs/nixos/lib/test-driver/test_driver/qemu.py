"""A machine that QEMU runs."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shlex
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from typing_extensions import override

from test_driver import bus, process
from test_driver.bus import Bus, BusError
from test_driver.console import SerialConsole
from test_driver.errors import ConfigurationError, DriverError, MachineError
from test_driver.machine import BaseMachine
from test_driver.qmp import QmpClient, QmpError
from test_driver.screen import ScreenCommands
from test_driver.shell import PORT_NAME, Shell
from test_driver.waits import timed_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from test_driver.logger import Logger
    from test_driver.places import Places
    from test_driver.polling import PollingCondition

_SCRIPT_NAME: Final = re.compile(r"run-(.+)-vm$")
_TEST_NETWORK_CARD: Final = re.compile(r"^(\S+): .*type=nic.*\r?\n \\ vlan\d+:", re.MULTILINE)
_SEARCHED_LINES: Final = 200
"""Where the reason of a machine's end is looked for: the kernel's trace that follows it is long."""
_PANIC: Final = re.compile(r"Kernel panic - not syncing.*|Out of memory.*")


def name_of_start_command(start_command: str) -> str:
    """The machine's name in a start command that ends in `run-<name>-vm`; raises `ConfigurationError`."""
    words = shlex.split(start_command)
    found = _SCRIPT_NAME.search(words[0]) if words else None
    if found is None:
        raise ConfigurationError(
            f"the machine of the start command '{start_command}' needs a name (only run-<name>-vm tells one)"
        )
    return found[1]


class QemuMachine(BaseMachine, ScreenCommands):
    """A virtual machine with a start script, such as `config.system.build.vm` has."""

    def __init__(
        self,
        name: str,
        start_command: str,
        places: Places,
        logger: Logger,
        *,
        conditions: Sequence[PollingCondition] = (),
        environment: Mapping[str, str] | None = None,
        keep_machine_state: bool = False,
        qemu_arguments: Sequence[str] = (),
    ) -> None:
        """Nothing is started yet; `environment` are further variables for the start script."""
        super().__init__(name, logger, conditions)
        self.state_dir: Final = places.state_dir(name)
        self.shared_dir = places.shared_dir
        self.out_dir = places.out_dir
        self.booted = False
        self.connected = False
        program, *arguments = shlex.split(start_command)
        # A path from where the driver was started; the machine starts in its state directory.
        self._start_command: Final = [
            os.path.abspath(program) if "/" in program else program,
            *arguments,
        ]
        self._sockets_dir: Final = places.sockets_dir(name)
        self._more_arguments: Final = qemu_arguments
        self._environment: Final = dict(environment or {})
        self._keeps_state = keep_machine_state
        self._process: subprocess.Popen[bytes] | None = None
        self._console: SerialConsole | None = None
        self._shell: Shell | None = None
        self._bus: Bus | None = None
        self._seen_restarts = 0
        self._qmp: QmpClient | None = None

    @property
    def pid(self) -> int | None:
        """QEMU's process id while it runs."""
        return None if self._process is None else self._process.pid

    @property
    @override
    def qmp_client(self) -> QmpClient:
        if self._qmp is None:
            raise self._error("is not running")
        return self._qmp

    @override
    def start(self, allow_reboot: bool = False) -> None:
        """Start the machine, unless it runs, and return when QEMU answers.

        Without `allow_reboot` the machine ends when its system reboots. Raises `MachineError`.
        """
        if self.booted:
            return
        self.check_conditions()
        self.log("starting vm")
        self._prepare_state()
        sockets = [self._sockets_dir / "shell", self._sockets_dir / "shell-port"]
        self._shell = Shell(sockets, self._check_alive)
        self._bus = Bus(self._sockets_dir / "bus-port", self._check_alive)
        self._seen_restarts = 0
        self._process = process.spawn(
            [*self._start_command, *self._qemu_arguments(allow_reboot=allow_reboot)],
            cwd=self.state_dir,
            env=self._child_environment(),
        )
        stdout = self._process.stdout
        if stdout is None:
            raise AssertionError("spawn gives a pipe")
        self._console = SerialConsole(stdout, self._on_console_line)
        try:
            self._qmp = self._connect_qmp()
        except BaseException:
            self.release()
            raise
        self.booted = True
        self.log(f"QEMU running (pid {self.pid})")

    @override
    def connect(self) -> None:
        if self.connected:
            return
        self.start()
        with self.nested("waiting for the VM to finish booting", {"boot": True}):
            begin = time.monotonic()
            self._the_shell.wait_until_ready(self._hint_while_booting)
            if self._bus is not None:
                self._bus.forget()
            self.connected = True
            self.log(
                f"connected to guest root shell (after {time.monotonic() - begin:.2f} seconds)"
            )

    def shutdown(self) -> None:
        """Power the machine off from inside and wait until it has ended."""
        if self.booted:
            self.execute("poweroff", check_output=False, timeout=None)
            self.wait_for_shutdown()

    def crash(self) -> None:
        """End the machine as a power failure would."""
        if self.booted:
            self.log("forced crash")
            with contextlib.suppress(QmpError):  # it may end before it answers
                self.qmp_client.send("quit")
            self.wait_for_shutdown()

    def reboot(self) -> None:
        """Press Ctrl-Alt-Del; the next command waits for the new boot. Needs `start(allow_reboot=True)`."""
        self.send_key("ctrl-alt-delete")
        self.connected = False

    @override
    def wait_for_shutdown(self) -> None:
        if self._process is None:
            return
        with self.nested("waiting for the VM to power off"):
            self._process.wait()
        self.release()

    def switch_root(self) -> None:
        """Leave the initial RAM disk (with `testing.initrdBackdoor`) for the real system, and connect there."""
        self.wait_until_succeeds("systemctl is-active initrd.target")
        self.execute(
            "systemctl isolate --no-block initrd-switch-root.target >/dev/null 2>&1",
            check_output=False,
            timeout=None,
        )
        self.wait_for_console_text(r"systemd\[1\]:.*Switching root\.")
        self.connected = False
        self.connect()

    def wait_for_console_text(self, regex: str, timeout: float | None = None) -> None:
        """Wait until `regex` is found on the serial console, in what no earlier call has consumed.

        Without `timeout` (seconds) there is no limit. Raises `ActionTimedOutError`, and `MachineError` when the
        machine ends first.
        """
        what = f"waiting for {regex} to appear on console"
        with self.nested(what):
            if self._console is None:
                raise self._error("is not running")
            if not self._console.wait_for(regex, timeout):
                if self._console.is_over and self._process is not None:
                    self._process.wait()
                    self._check_alive()
                raise timed_out(f"{what} of {self.name}", timeout)

    def get_console_log(self) -> str:
        """Everything on the serial console since the start."""
        return "" if self._console is None else self._console.text()

    @override
    def last_console_lines(self, count: int = 20) -> list[str]:
        return [] if self._console is None else self._console.last_lines(count)

    def send_console(self, chars: str) -> None:
        """Write `chars` to the serial line; raises `MachineError`."""
        stdin = None if self._process is None else self._process.stdin
        if stdin is None:
            raise self._error("is not running")
        try:
            stdin.write(chars.encode())
            stdin.flush()
        except OSError as error:
            self._check_alive()
            raise self._error(f"does not take input on its serial line: {error}") from error

    def wait_for_qmp_event(
        self, event_filter: Callable[[dict[str, Any]], bool], timeout: float = 600
    ) -> dict[str, Any]:
        """The first of QEMU's events that `event_filter` accepts; raises `ActionTimedOutError`."""
        deadline = time.monotonic() + timeout
        with self.nested("waiting for an event of QEMU"):
            while (left := deadline - time.monotonic()) > 0:
                try:
                    event = self.qmp_client.wait_for_event(left)
                except TimeoutError:
                    break
                if event_filter(event):
                    return event
            raise timed_out(f"waiting for an event of QEMU on {self.name}", timeout)

    def forward_port(self, host_port: int = 8080, guest_port: int = 80) -> None:
        """Make TCP port `host_port` of the host lead to `guest_port` of the machine; raises `MachineError`."""
        words = self.send_monitor_command(f"hostfwd_add tcp::{host_port}-:{guest_port}")
        if words.strip():
            raise self._error(f"cannot forward port {host_port}: {words.strip()}")

    def block(self) -> None:
        """Pull the plug of the first network card that is on a network of the test."""
        self._set_link("off")

    def unblock(self) -> None:
        """Put the plug back that `block` pulled."""
        self._set_link("on")

    def shell_interact(self, address: str | None = None) -> None:
        """Give a person the root shell: at this terminal, or at an address of socat. For development only."""
        self.connect()
        peer = address or "READLINE,PROMPT=$ "
        self.log("Terminal is ready (there is no initial prompt):")
        with self._the_shell.borrow() as connection:
            fd = connection.fileno()
            subprocess.run(
                ["socat", peer, f"FD:{fd}"],  # noqa: S607 - the wrapper sets PATH
                pass_fds=[fd],
                check=False,
            )

    def console_interact(self) -> None:
        """Send what is typed at this terminal to the serial line, until Ctrl-D."""
        self.log("Terminal is ready (there is no prompt):")
        while select.select([sys.stdin], [], []) and (line := sys.stdin.readline()):
            self.send_console(line)
        self.log("Closing connection to the console")

    @override
    def release(self) -> None:
        self.booted = self.connected = False
        if self._process is not None:
            process.end(self._process)
            self._process = None
        if self._console is not None:
            self._console.join()
        if self._qmp is not None:
            self._qmp.close()
            self._qmp = None
        if self._shell is not None:
            self._shell.close()
            self._shell = None
        if self._bus is not None:
            self._bus.close()
            self._bus = None
        for name in ("monitor", "qmp", "shell", "shell-port", "bus-port"):
            (self._sockets_dir / name).unlink(missing_ok=True)

    def remove_state(self) -> None:
        """Remove the state directory of a machine that does not run."""
        shutil.rmtree(self.state_dir, ignore_errors=True)

    @property
    def _the_shell(self) -> Shell:
        if self._shell is None:
            raise self._error("is not running")
        return self._shell

    @override
    def _run(self, command: str) -> tuple[int, bytes]:
        return self._the_shell.run(command)

    @override
    def _start(self, command: str) -> None:
        self._the_shell.start(command)

    @override
    def _ask_systemd(self, unit: str | None, name: str) -> object:
        self.check_conditions()
        self.connect()
        if self._bus is None:
            raise BusError("the machine is not running")
        shell = self._the_shell
        if shell.may_be_new:
            self._run(":")
        if shell.restarts != self._seen_restarts:
            self._seen_restarts = shell.restarts
            self._bus.forget()
        if unit is None:
            return self._bus.manager_property(name, self._run)
        return self._bus.unit_property(unit, name, self._run)

    def _prepare_state(self) -> None:
        if self._process is not None or self._shell is not None:
            self.release()
        if not self._keeps_state:
            self.remove_state()
        # From now on a restart finds the disk that this run wrote.
        self._keeps_state = True
        self.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._sockets_dir / "qmp").unlink(missing_ok=True)

    def _qemu_arguments(self, *, allow_reboot: bool) -> list[str]:
        sockets = self._sockets_dir
        has_display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        return [
            *("-qmp", f"unix:{sockets}/qmp,server=on,wait=off"),
            *("-monitor", f"unix:{sockets}/monitor,server=on,wait=off"),
            *("-chardev", f"socket,id=shell,path={sockets}/shell"),
            *("-chardev", f"socket,id=shell-port,path={sockets}/shell-port"),
            *("-device", "virtio-serial", "-device", "virtconsole,chardev=shell"),
            *("-device", f"virtserialport,chardev=shell-port,name={PORT_NAME}"),
            *("-chardev", f"socket,id=bus-port,path={sockets}/bus-port"),
            *("-device", f"virtserialport,chardev=bus-port,name={bus.PORT_NAME}"),
            *("-serial", "stdio"),
            *([] if has_display else ["-nographic"]),
            *([] if allow_reboot else ["-no-reboot"]),
            *self._more_arguments,
        ]

    def _child_environment(self) -> dict[str, str]:
        return {
            **os.environ,
            **self._environment,
            "TMPDIR": str(self.state_dir),
            "SHARED_DIR": str(self.shared_dir),
            "USE_TMPDIR": "1",
        }

    def _connect_qmp(self) -> QmpClient:
        while True:
            self._check_alive()
            try:
                return QmpClient.from_path(self._sockets_dir / "qmp")
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.005)

    def _check_alive(self) -> None:
        """Raise `MachineError` with what the console said last when QEMU has ended."""
        if self._process is None:
            raise self._error("is not running")
        status = self._process.poll()
        if status is None:
            return
        if self._console is not None:
            self._console.join()
        self.booted = self.connected = False
        lines = self.last_console_lines()
        panics = [line for line in self.last_console_lines(_SEARCHED_LINES) if _PANIC.search(line)]
        cause = f" ({panics[-1].strip()})" if panics else ""
        ended = f"ended: QEMU's exit status is {status}{cause}"
        raise self._error("\n".join([ended, "its console's last lines:", *lines]))

    def _error(self, what: str) -> DriverError:
        error = MachineError(f"machine {self.name} {what}")
        error.machine = self.name
        return error

    def _hint_while_booting(self, seconds: float) -> None:
        last = next((line for line in reversed(self.last_console_lines(5)) if line.strip()), "")
        self.log(
            f"still booting after {seconds:.0f} seconds; the console's last line is: {last.strip()}"
        )

    def _on_console_line(self, line: str) -> None:
        self.logger.log_serial(line, self.name)

    def _set_link(self, state: str) -> None:
        cards = _TEST_NETWORK_CARD.findall(self.send_monitor_command("info network"))
        if not cards:
            raise self._error("has no network card on a network of the test")
        self.send_monitor_command(f"set_link {cards[0]} {state}")
