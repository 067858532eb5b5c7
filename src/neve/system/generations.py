"""The generations of an installed system, and what each of them is."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from neve import process
from neve.errors import NeveError
from neve.process import ProcessError
from neve.store.profiles import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from neve.log import Logger
    from neve.store.profiles import Generation

_UNKNOWN: Final = "Unknown"
_VERSION_SECONDS: Final = 10


@dataclass(frozen=True)
class SystemGeneration:
    """A generation as `nixos-rebuild list-generations` shows it."""

    number: int
    date: str
    """Local time as YYYY-MM-DD HH:MM:SS."""
    nixos_version: str
    kernel_version: str
    configuration_revision: str
    specialisations: tuple[str, ...]
    is_current: bool

    def as_json(self) -> dict[str, Any]:
        """The object that stands for it in JSON."""
        return {
            "generation": self.number,
            "date": self.date,
            "nixosVersion": self.nixos_version,
            "kernelVersion": self.kernel_version,
            "configurationRevision": self.configuration_revision,
            "specialisations": list(self.specialisations),
            "current": self.is_current,
        }


def profile_link(profiles_dir: str, name: str) -> str:
    """The link of the system profile, or of another one by its name."""
    if name == "system":
        return f"{profiles_dir}/system"
    return f"{profiles_dir}/system-profiles/{name}"


def read_generations(link: str, log: Logger) -> list[SystemGeneration]:
    """All generations of a system profile, newest first; raises `NeveError` when there are none."""
    if not os.path.lexists(link):
        raise NeveError(f"there is no profile '{link}': nothing was installed there yet")
    generations = Profile(link, log).generations()
    return [
        describe_generation(found, is_current=found.number == generations.current)
        for found in reversed(generations.all)
    ]


def describe_generation(found: Generation, *, is_current: bool) -> SystemGeneration:
    """What a generation is, read from its folder; what is not there is unknown."""
    return SystemGeneration(
        number=found.number,
        date=time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found.creation_time)),
        nixos_version=_first_line(f"{found.link}/nixos-version") or _UNKNOWN,
        kernel_version=_only_name(f"{found.link}/kernel-modules/lib/modules") or _UNKNOWN,
        configuration_revision=_configuration_revision(found.link),
        specialisations=tuple(_names(f"{found.link}/specialisation")),
        is_current=is_current,
    )


def older_generation(link: str, log: Logger) -> Generation:
    """The newest generation before the current one; raises `NeveError` when there is none."""
    generations = Profile(link, log).generations()
    older = [
        found
        for found in generations.all
        if generations.current is not None and found.number < generations.current
    ]
    if not older:
        raise NeveError(f"there is no generation of '{link}' before the current one to go back to")
    return older[-1]


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().strip()
    except OSError:
        return ""


def _names(path: str) -> list[str]:
    try:
        return sorted(os.listdir(path))
    except OSError:
        return []


def _only_name(path: str) -> str:
    return next(iter(_names(path)), "")


def _configuration_revision(link: str) -> str:
    program = f"{link}/sw/bin/nixos-version"
    if not os.access(program, os.X_OK):
        return ""
    try:
        output = process.capture(
            [program, "--configuration-revision"],
            environment=process.minimal_environment(),
            timeout_seconds=_VERSION_SECONDS,
        )
    except (ProcessError, subprocess.SubprocessError):
        # A system that does not know its revision ends with 1.
        return ""
    return output.decode(errors="replace").strip()


def render_table(generations: list[SystemGeneration]) -> str:
    """The generations as columns under headings."""
    headings = (
        "Generation",
        "Build-date",
        "NixOS version",
        "Kernel",
        "Configuration Revision",
        "Specialisation",
        "Current",
    )
    rows = [headings] + [
        (
            str(found.number),
            found.date,
            found.nixos_version,
            found.kernel_version,
            found.configuration_revision,
            " ".join(found.specialisations),
            str(found.is_current),
        )
        for found in generations
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(headings))]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def switch_environment(
    environment: Mapping[str, str], *, installs_bootloader: bool
) -> dict[str, str]:
    """What `switch-to-configuration` is told by variables."""
    told = {"NIXOS_INSTALL_BOOTLOADER": "1" if installs_bootloader else "0"}
    if "LOCALE_ARCHIVE" in environment:
        told["LOCALE_ARCHIVE"] = environment["LOCALE_ARCHIVE"]
    if "NIXOS_NO_CHECK" in environment:
        told["NIXOS_NO_CHECK"] = environment["NIXOS_NO_CHECK"]
    return told


UNIT: Final = "nixos-rebuild-switch-to-configuration"


def systemd_run(words: list[str], environment: Mapping[str, str]) -> list[str]:
    """A command as a unit of its own, which goes on when the session that started it is lost."""
    variables = [f"--setenv={name}={value}" for name, value in sorted(environment.items())]
    return [
        "systemd-run",
        *variables,
        "--collect",
        "--no-ask-password",
        "--pipe",
        "--quiet",
        "--service-type=exec",
        f"--unit={UNIT}",
        *words,
    ]
