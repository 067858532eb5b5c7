"""What unit files say, and whether a change of one matters.

A unit is its file and the files `*.conf` in `<unit>.d`. The order of sections and settings does not matter; a setting
that is repeated is the list of its values.
"""

import enum
import os
from collections.abc import Iterable, Mapping
from typing import Final

Settings = dict[str, dict[str, list[str]]]

# Settings of [Unit] that say nothing about a running unit.
_IGNORED: Final = frozenset(
    {
        "AllowIsolate",
        "CollectMode",
        "Description",
        "Documentation",
        "IgnoreOnIsolate",
        "OnFailure",
        "OnFailureJobMode",
        "OnSuccess",
        "RefuseManualStart",
        "RefuseManualStop",
        "SourcePath",
        "StopWhenUnneeded",
    }
)
# Settings that a running unit can take over.
_RELOADABLE: Final = frozenset(
    {("Unit", "X-Reload-Triggers"), ("Mount", "Options"), ("Service", "ExecReload")}
)
_TRUE: Final = frozenset({"1", "yes", "true", "on"})


class Change(enum.Enum):
    """What has to happen to a running unit whose definition has changed."""

    NONE = "none"
    RELOAD = "reload"
    RESTART = "restart"


def _add_file(settings: Settings, path: str) -> None:
    section: dict[str, list[str]] = {}
    pending = ""
    with open(path, encoding="utf-8", errors="replace") as stream:
        lines = stream.read().splitlines()
    for raw in lines:
        line = pending + raw.strip()
        pending = ""
        if not line or line[0] in "#;":
            continue
        if line.endswith("\\"):
            pending = line[:-1] + " "
        elif line.startswith("[") and line.endswith("]"):
            section = settings.setdefault(line[1:-1], {})
        elif "=" in line:
            name, _, value = line.partition("=")
            values = section.setdefault(name.strip(), [])
            values.append(value.strip())


def _drop_ins(folder: str, name: str) -> Iterable[str]:
    place = f"{folder}/{name}.d"
    if os.path.isdir(place):
        yield from (
            f"{place}/{part}" for part in sorted(os.listdir(place)) if part.endswith(".conf")
        )


def template_of(name: str) -> str | None:
    """The template that a unit is an instance of: `getty@.service` of `getty@tty1.service`."""
    stem, at, rest = name.partition("@")
    if not at:
        return None
    instance, _, kind = rest.rpartition(".")
    return f"{stem}@.{kind}" if instance else None


def unit_file(folder: str, name: str) -> str | None:
    """The file of a unit in `folder`, or of its template; None if there is none, or it is masked."""
    for candidate in (name, template_of(name)):
        if candidate is None:
            continue
        path = f"{folder}/{candidate}"
        if os.path.exists(path):
            return None if os.path.realpath(path) == "/dev/null" else path
    return None


def read_unit(folder: str, name: str) -> Settings:
    """The settings of a unit in `folder`; none if it does not exist there."""
    settings: Settings = {}
    path = unit_file(folder, name)
    if path is not None:
        _add_file(settings, path)
    template = template_of(name)
    for part in [*(_drop_ins(folder, template) if template else []), *_drop_ins(folder, name)]:
        _add_file(settings, part)
    return settings


def is_true(settings: Settings, section: str, name: str, *, default: bool) -> bool:
    """The last value of a setting as a claim."""
    values = settings.get(section, {}).get(name)
    return values[-1].lower() in _TRUE if values else default


def switch_option(settings: Settings, name: str, *, default: bool) -> bool:
    """An option for switching, such as `X-RestartIfChanged`, which may stand in [Unit] or in [Service]."""
    for section in ("Unit", "Service"):
        if name in settings.get(section, {}):
            return is_true(settings, section, name, default=default)
    return default


def _relevant(settings: Settings) -> Mapping[tuple[str, str], list[str]]:
    return {
        (section, name): values
        for section, entries in settings.items()
        if section != "Install"
        for name, values in entries.items()
        if section != "Unit" or name not in _IGNORED
    }


def compare_units(old: Settings, new: Settings) -> Change:
    """What the difference of two definitions asks for."""
    before, after = _relevant(old), _relevant(new)
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    if not changed:
        return Change.NONE
    # A setting that is gone cannot be taken over, but for triggers, which do nothing by themselves.
    gone = {key for key in changed if key not in after} - {("Unit", "X-Reload-Triggers")}
    return Change.RELOAD if changed <= _RELOADABLE and not gone else Change.RESTART
