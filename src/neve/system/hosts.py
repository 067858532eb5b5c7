"""Where commands of an installation run: this machine or one reached by ssh, with or without more rights."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from neve import process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Elevation(Enum):
    """How a command becomes root's."""

    NONE = "none"
    SUDO = "sudo"
    RUN0 = "run0"

    def wrap(self, words: Sequence[str], *, reads_password: bool = False) -> list[str]:
        """The command with what elevates it before it; with `reads_password`, sudo reads one from standard input."""
        if self is Elevation.NONE:
            return list(words)
        if self is Elevation.RUN0:
            return ["run0", "--", *words]
        options = shlex.split(os.environ.get("NIX_SUDOOPTS", ""))
        if reads_password:
            options += ["--prompt=", "--stdin"]
        return ["sudo", *options, "--", *words]


@dataclass(frozen=True)
class Host:
    """A machine: this one, or that of `destination` (`[user@]host`)."""

    destination: str | None = None
    elevation: Elevation = Elevation.NONE
    password: str | None = field(default=None, repr=False)
    """For sudo, where it is asked for beforehand."""

    def command(
        self,
        words: Sequence[str],
        *,
        is_elevated: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> list[str]:
        """The words that run a command there, with variables added to its environment."""
        if environment:
            assignments = [f"{name}={value}" for name, value in sorted(environment.items())]
            words = ["env", *assignments, *words]
        if is_elevated:
            words = self.elevation.wrap(words, reads_password=self.password is not None)
        if self.destination is None:
            return list(words)
        return ["ssh", *ssh_options(), self.destination, "--", shlex.join(words)]

    def run(
        self,
        words: Sequence[str],
        *,
        is_elevated: bool = False,
        environment: Mapping[str, str] | None = None,
        check: bool = True,
    ) -> int:
        """Runs a command to its end; its exit status. Raises `ProcessError` as `process.run` does."""
        command = self.command(words, is_elevated=is_elevated, environment=environment)
        sends_password = is_elevated and self.password is not None
        return process.run(
            command,
            environment=os.environ,
            data=f"{self.password}\n".encode() if sends_password else None,
            stdin=None if sends_password else 0,
            check=check,
        )

    def capture(self, words: Sequence[str]) -> str:
        """What a command there writes to standard output; raises `ProcessError`."""
        return process.capture(self.command(words), environment=os.environ).decode().strip()


def ssh_options() -> list[str]:
    """Those of `NIX_SSHOPTS`, after defaults that keep a connection for the commands that follow."""
    defaults = os.environ.get("NIXOS_REBUILD_SSH_DEFAULT_OPTS")
    if defaults is None:
        folder = os.environ.get("XDG_RUNTIME_DIR") or os.path.expanduser("~/.ssh")
        defaults = (
            f"-o ControlMaster=auto -o ControlPath={shlex.quote(folder)}/neve-%C -o ControlPersist=60"
            if os.path.isdir(folder)
            else ""
        )
    return shlex.split(defaults) + shlex.split(os.environ.get("NIX_SSHOPTS", ""))
