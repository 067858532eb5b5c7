"""The resolved archive as files that Nix code reads lazily.

    names.json          every package name → 0, so that a package set can be made without reading more
    suites/<s>.json     the same for the packages of a separate suite, named `<package>/<suite>`
    shards/<xyz>.json   name → entry, for the names whose SHA-256 hash starts with these three digits
    meta.json           where the index comes from, the interpreters that scripts and the modules that programs may need

A shard holds about 17 of 70,000 packages, so evaluating a package with 150 dependencies reads less than a megabyte.
The bytes depend on the archive and the rules alone.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neve.debian.architecture import Architecture
from neve.debian.archive import Snapshot
from neve.debian.control import Package, parse_packages
from neve.debian.resolve import SEPARATOR, Resolution, resolve
from neve.debian.rules import Rules

FORMAT: Final = 1
"""Changes with the meaning of the files."""
_DIGITS: Final = 3


@dataclass(frozen=True)
class Source:
    """What an index is made from."""

    snapshot: Snapshot
    rules: Rules
    architecture: Architecture


def resolve_source(source: Source) -> Resolution:
    """Parses and resolves all package lists of a snapshot."""
    ordinary: list[Package] = []
    separate: dict[str, list[Package]] = {}
    for entry in source.snapshot.lists:
        suite = entry.suite
        packages = parse_packages(
            entry.data,
            component=entry.component,
            archive=suite.archive,
            origin=f"{suite.name}/{entry.component}",
        )
        target = separate.setdefault(suite.name, []) if suite.is_separate else ordinary
        target.extend(packages)
    return resolve(ordinary, source.rules, separate)


def write_index(directory: Path, source: Source, resolution: Resolution) -> None:
    """Writes the index into `directory`, which must not exist."""
    (directory / "shards").mkdir(parents=True)
    (directory / "suites").mkdir()
    for suite, names in _names_by_suite(resolution).items():
        file = f"suites/{suite}.json" if suite else "names.json"
        _write(directory / file, dict.fromkeys(names, 0))
    for shard, entries in _shards(resolution).items():
        _write(directory / "shards" / f"{shard}.json", entries)
    _write(directory / "meta.json", _meta(source, resolution))


def _names_by_suite(resolution: Resolution) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {"": []}
    for name in resolution.packages:
        suite = name.partition(SEPARATOR)[2]
        names.setdefault(suite, []).append(name)
    for unit in resolution.units:
        if unit not in resolution.packages:
            names[""].append(unit)
    return names


def _shards(resolution: Resolution) -> dict[str, dict[str, Any]]:
    shards: dict[str, dict[str, Any]] = {}
    for name in resolution.packages.keys() | resolution.units.keys():
        digest = hashlib.sha256(name.encode()).hexdigest()
        shards.setdefault(digest[:_DIGITS], {})[name] = _entry(name, resolution)
    return shards


def _entry(name: str, resolution: Resolution) -> dict[str, Any]:
    unit_name = resolution.unit_of.get(name, name)
    package = resolution.packages.get(name)
    entry: dict[str, Any] = {} if package is None else _package_entry(package, name)
    if unit_name != name:
        return entry | {"unit": unit_name}
    unit = resolution.units[unit_name]
    entry["depends"] = unit.depends
    if unit.members != [name]:
        entry["members"] = unit.members
    if name in resolution.core:
        entry["core"] = True
    missing = sorted(
        {group for member in unit.members for group in resolution.unsatisfied.get(member, ())}
    )
    if missing:
        entry["unsatisfied"] = missing
    return entry


def _package_entry(package: Package, name: str) -> dict[str, Any]:
    fields = {
        "version": package.version,
        "path": package.path,
        "sha256": package.sha256,
        "description": package.description,
        "homepage": package.homepage,
        "section": package.section,
        "source": package.source if package.source != package.name else "",
        "component": package.component if package.component != "main" else "",
        "archive": package.archive if package.archive != "debian" else "",
        "name": package.name if package.name != name else "",
    }
    return {key: value for key, value in fields.items() if value}


def _meta(source: Source, resolution: Resolution) -> dict[str, Any]:
    interpreters = {resolution.unit_of[name] for name in source.rules.interpreters}
    return {
        "format": FORMAT,
        "system": source.architecture.system,
        "interpreters": sorted(interpreters),
        "assumed": {
            unit: {"units": assumed.units, "without": sorted(assumed.without)}
            for unit, assumed in resolution.assumed.items()
        },
        "releases": {
            release.suite.name: {"date": release.date.isoformat(), "version": release.version}
            for release in source.snapshot.releases
        },
    }


def _write(path: Path, value: object) -> None:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_bytes(text.encode())
