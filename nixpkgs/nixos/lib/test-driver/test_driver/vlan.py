"""A network of a test: a `vde_switch` that floods, so that it carries any frame."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Final

from typing_extensions import override

from test_driver import process
from test_driver.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from test_driver.logger import Logger

_LIMIT_SECONDS: Final = 20.0


class VLan:
    """A running switch. Machines find its control directory in the variable `QEMU_VDE_SOCKET_<nr>`."""

    def __init__(self, nr: int, folder: Path, logger: Logger) -> None:
        """Start the switch for network `nr` with its control directory in `folder`; raises `ConfigurationError`."""
        self.nr: Final = nr
        self.socket_dir: Final = folder / f"vde{nr}.ctl"
        self._logger: Final = logger
        self._process: Final = process.spawn(
            ["vde_switch", "--sock", str(self.socket_dir), "--dirmode", "0700", "--hub"], cwd=folder
        )
        self.pid: Final = self._process.pid
        self._wait_until_ready()
        logger.info(f"network {nr} is up (vde_switch, pid {self.pid})")

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which QEMU finds the switch."""
        return {f"QEMU_VDE_SOCKET_{self.nr}": str(self.socket_dir)}

    def is_up(self) -> bool:
        """Whether the switch runs."""
        return self._process.poll() is None

    def stop(self) -> None:
        """End the switch."""
        process.end(self._process)
        if self._process.stdout is not None:
            self._process.stdout.close()

    @override
    def __repr__(self) -> str:
        return f"<VLan {self.nr}>"

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _LIMIT_SECONDS
        while not (self.socket_dir / "ctl").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = self._words()
                self.stop()
                raise ConfigurationError(f"the switch of network {self.nr} does not start: {words}")
            time.sleep(0.005)

    def _words(self) -> str:
        stdout = self._process.stdout
        if stdout is None or self._process.poll() is None:
            return f"no socket after {_LIMIT_SECONDS:g} seconds"
        return os.fsdecode(stdout.read()).strip() or f"exit status {self._process.returncode}"
