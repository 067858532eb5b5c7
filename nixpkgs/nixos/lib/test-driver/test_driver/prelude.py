"""The names that every test script has, with their types; the driver gives them their values.

The script is checked as if it began with `from test_driver.prelude import *` and an annotation for each of its machines
and networks.
"""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol
from unittest import TestCase

from test_driver.debug import Debug
from test_driver.driver import Driver
from test_driver.logger import Logger, Span
from test_driver.machine import BaseMachine
from test_driver.polling import PollingCondition
from test_driver.polling import retry as _retry
from test_driver.qemu import QemuMachine
from test_driver.vlan import VLan

Machine = QemuMachine


class _PollingConditionMaker(Protocol):
    def __call__(
        self,
        fun_: Callable[[], bool | None] | None = None,
        *,
        seconds_interval: float = 2.0,
        description: str | None = None,
    ) -> Any: ...


class _MachineMaker(Protocol):
    def __call__(
        self,
        start_command: str,
        *,
        name: str | None = None,
        keep_machine_state: bool = False,
        keep_vm_state: bool = False,
    ) -> QemuMachine: ...


driver: Driver
log: Logger
machines: list[QemuMachine]
machines_qemu: list[QemuMachine]
vlans: list[VLan]
t: TestCase
debug: Debug
start_all: Callable[[], None]
join_all: Callable[[], None]
test_script: Callable[[], None]
run_tests: Callable[[], None]
serial_stdout_on: Callable[[], None]
serial_stdout_off: Callable[[], None]
dump_machine_ssh: Callable[[], None]
subtest: Callable[[str], AbstractContextManager[Span]]
create_machine: _MachineMaker
polling_condition: _PollingConditionMaker
retry = _retry

__all__ = [
    "BaseMachine",
    "Machine",
    "PollingCondition",
    "QemuMachine",
    "VLan",
    "create_machine",
    "debug",
    "driver",
    "dump_machine_ssh",
    "join_all",
    "log",
    "machines",
    "machines_qemu",
    "os",
    "polling_condition",
    "retry",
    "run_tests",
    "serial_stdout_off",
    "serial_stdout_on",
    "start_all",
    "subtest",
    "t",
    "test_script",
    "vlans",
]
