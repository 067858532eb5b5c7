"""How the driver's tests start their stand-in for QEMU."""

import shlex
import sys
from pathlib import Path
from typing import Protocol

from test_driver.qemu import QemuMachine

FAKE_QEMU = Path(__file__).with_name("fake_qemu.py")


def start_command(*flags: str) -> str:
    """A start command for the stand-in."""
    return shlex.join([sys.executable, str(FAKE_QEMU), *flags])


class MachineMaker(Protocol):
    def __call__(self, *flags: str, name: str = "server") -> QemuMachine: ...
