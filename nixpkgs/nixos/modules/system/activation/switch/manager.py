"""systemd, as the program that switches systems uses it: through systemctl."""

import subprocess
from collections.abc import Iterable
from dataclasses import dataclass

_STDERR = 2
_PROPERTIES = (
    "Id",
    "ActiveState",
    "SubState",
    "FragmentPath",
    "Following",
    "Sockets",
    "ExecMainStatus",
    "LoadState",
)


@dataclass(frozen=True)
class Unit:
    """A unit that systemd has loaded."""

    name: str
    active_state: str
    sub_state: str
    fragment: str
    following: str
    sockets: tuple[str, ...]
    exit_status: int

    @property
    def is_active(self) -> bool:
        """Whether it runs, or is about to."""
        return self.active_state in {"active", "activating", "reloading"}

    @property
    def has_failed(self) -> bool:
        """Whether it has failed, or is being restarted because it did."""
        return self.active_state == "failed" or (
            self.sub_state == "auto-restart" and self.exit_status != 0
        )


def _parse(block: str) -> Unit | None:
    values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    if "Id" not in values:
        return None
    return Unit(
        name=values["Id"],
        active_state=values.get("ActiveState", ""),
        sub_state=values.get("SubState", ""),
        fragment=values.get("FragmentPath", ""),
        following=values.get("Following", ""),
        sockets=tuple(values.get("Sockets", "").split()),
        exit_status=int(values.get("ExecMainStatus") or 0),
    )


class Manager:
    """The manager of the system, or of the user who runs this if `is_user`."""

    def __init__(self, systemd: str, *, is_user: bool = False) -> None:
        self._systemctl = f"{systemd}/bin/systemctl"
        self._scope = ["--user"] if is_user else []

    def _command(self, *arguments: str) -> list[str]:
        return [self._systemctl, *self._scope, *arguments]

    def units(self) -> dict[str, Unit]:
        """All loaded units, by name."""
        command = self._command("show", f"--property={','.join(_PROPERTIES)}", "*")
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = (_parse(block) for block in output.split("\n\n"))
        return {unit.name: unit for unit in found if unit is not None}

    def act(self, verb: str, units: Iterable[str]) -> bool:
        """Do `start`, `stop`, `restart` … to all of `units` at once; whether all went well."""
        names = sorted(units)
        if not names:
            return True
        return subprocess.run(self._command(verb, "--", *names), check=False).returncode == 0

    def tell(self, *arguments: str) -> bool:
        """A command to the manager itself, such as `daemon-reload`."""
        return subprocess.run(self._command(*arguments), check=False).returncode == 0

    def show_status(self, units: Iterable[str]) -> None:
        """Print what systemd knows about units that failed."""
        for name in sorted(units):
            subprocess.run(
                self._command("status", "--no-pager", "--full", name),
                check=False,
                stdout=_STDERR,
            )
