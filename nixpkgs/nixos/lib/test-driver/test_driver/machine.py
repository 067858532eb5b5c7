"""What every kind of machine has in common."""

from __future__ import annotations

from abc import abstractmethod

from typing_extensions import override

from test_driver.files import FileCommands
from test_driver.units import UnitCommands
from test_driver.waits import WaitCommands


class BaseMachine(UnitCommands, WaitCommands, FileCommands):
    """A machine of a test. The first command starts it and connects to it."""

    booted: bool
    """Whether it was started and has not ended."""
    connected: bool
    """Whether its root shell takes commands."""

    @abstractmethod
    def start(self) -> None:
        """Start it and do not wait for its boot; nothing happens when it runs already."""

    @abstractmethod
    def wait_for_shutdown(self) -> None:
        """Wait until it has ended by itself."""

    @abstractmethod
    def last_console_lines(self, count: int = 20) -> list[str]:
        """The last lines of its console."""

    @abstractmethod
    def release(self) -> None:
        """End it at once and let go of all that belongs to it."""

    def is_up(self) -> bool:
        """Whether it runs and takes commands."""
        return self.booted and self.connected

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"
