"""What is left to do, in files below /run/nixos, so that a switch that was interrupted can be resumed."""

import contextlib
import os

from switch.plan import Plan

_LISTS = ("start", "restart", "reload")


class State:
    """The folder of lists, one unit a line."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        os.makedirs(folder, mode=0o755, exist_ok=True)

    def read(self, name: str) -> set[str]:
        """The units in a list; none if there is no such list."""
        try:
            with open(f"{self.folder}/{name}", encoding="utf-8") as stream:
                return {line.strip() for line in stream if line.strip()}
        except FileNotFoundError:
            return set()

    def remove(self, name: str) -> None:
        """Forget a list."""
        with contextlib.suppress(FileNotFoundError):
            os.unlink(f"{self.folder}/{name}")

    def take(self, name: str) -> set[str]:
        """The units in a list, which is forgotten."""
        units = self.read(name)
        self.remove(name)
        return units

    def resume(self, plan: Plan) -> None:
        """Add to `plan` what an earlier switch has left."""
        plan.start |= self.read("start-list")
        plan.restart |= self.read("restart-list")
        plan.reload |= self.read("reload-list")

    def record(self, plan: Plan) -> None:
        """Remember what `plan` has left."""
        for name in _LISTS:
            units: set[str] = getattr(plan, name)
            if units:
                with open(f"{self.folder}/{name}-list", "w", encoding="utf-8") as stream:
                    stream.writelines(f"{unit}\n" for unit in sorted(units))

    def clear(self) -> None:
        """Nothing is left."""
        for name in _LISTS:
            self.remove(f"{name}-list")
