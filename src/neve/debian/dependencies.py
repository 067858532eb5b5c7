"""Finding files in the packages that a package depends on.

Each unpacked package leaves a record of what it is and what it depends on: it makes the dependencies references of the
store object, and lets its dependents search further than their direct dependencies.
"""

import json
import os
from collections.abc import Callable, Iterable
from typing import Any, Final

RECORD: Final = "nix-support/debian.json"
"""Where the record lies in a package."""

RealPath = Callable[[str], str]
"""Where a store path lies on this machine."""


class Dependencies:
    """Packages in the order in which they are searched: direct ones, what those depend on, and so on."""

    def __init__(self, direct: Iterable[str], real_path: RealPath) -> None:
        self._real_path: Final = real_path
        self._found: Final[dict[str, str | None]] = {}
        self._listed: Final[dict[str, list[str]]] = {}
        self._paths: Final = self._search_order(list(direct))

    @property
    def paths(self) -> list[str]:
        """The store paths of all packages that can be reached."""
        return self._paths

    def find(self, relative: str) -> str | None:
        """The full store path of a file, given by its place in a package; the first package that has it counts."""
        try:
            return self._found[relative]
        except KeyError:
            answer = self._found[relative] = self._find(relative)
            return answer

    def real_path(self, path: str) -> str:
        """Where a store path lies on this machine."""
        return self._real_path(path)

    def names(self, directory: str) -> list[str]:
        """The sorted names in a directory, given by its store path; none where there is no such directory."""
        try:
            return self._listed[directory]
        except KeyError:
            answer = self._listed[directory] = _names(self._real_path(directory))
            return answer

    def _find(self, relative: str) -> str | None:
        for package in self._paths:
            if os.path.lexists(f"{self._real_path(package)}/{relative}"):
                return f"{package}/{relative}"
        return None

    def _search_order(self, pending: list[str]) -> list[str]:
        order = dict.fromkeys(pending)
        for package in pending:  # grows while it is read
            for dependency in self._record(package).get("dependencies", ()):
                if dependency not in order:
                    order[dependency] = None
                    pending.append(dependency)
        return list(order)

    def _record(self, package: str) -> dict[str, Any]:
        try:
            with open(f"{self._real_path(package)}/{RECORD}", "rb") as file:
                record: dict[str, Any] = json.load(file)
                return record
        except OSError:
            return {}  # an object of another kind, which ends the search in this direction


def _names(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError):
        return []


def write_record(root: str, record: dict[str, Any]) -> None:
    """Writes a package's record; `dependencies` in it are store paths."""
    os.makedirs(f"{root}/nix-support", exist_ok=True)
    with open(f"{root}/{RECORD}", "w", encoding="utf-8") as file:
        json.dump(record, file, indent=1, sort_keys=True, ensure_ascii=False)
        file.write("\n")
