"""A project's lock file: which channel generation it is evaluated with.

`neve.lock` lies in the project's folder or above it:

    {
      "version": 1,
      "nixpkgs": {
        "path": "/nix/store/…-nixpkgs",
        "narHash": "sha256:…",
        "system": "x86_64-linux",
        "releases": { "trixie": { "date": "2026-09-12T07:55:41+00:00", "version": "13.7" }, … }
      }
    }

A store path that is there is used as it is. One that is gone is made again from the archive's snapshot service, which
has the archive as it was at every date, and must then have the same hash.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from neve.debian.mirror import Mirror, suites_of
from neve.errors import FetchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neve.store.info import PathInfo

FILE: Final = "neve.lock"
_VERSION: Final = 1
_DELAYS: Final = (timedelta(hours=6), timedelta(hours=12), timedelta(hours=2))
"""How long after its date a release may be in the snapshot service; it takes a look at the archive every few hours."""


@dataclass(frozen=True)
class ChannelLock:
    """A generation as a lock file names it."""

    path: str
    nar_hash: str
    system: str
    releases: dict[str, dict[str, str]]
    """Suite → `date` and `version` of its release file."""

    @classmethod
    def find(cls, directory: str) -> ChannelLock | None:
        """The lock of the project that a directory is in; raises `FetchError` for a file that is none."""
        for folder in (Path(directory), *Path(directory).parents):
            file = folder / FILE
            if file.is_file():
                return cls.load(file)
        return None

    @classmethod
    def load(cls, file: Path) -> ChannelLock:
        """Reads a lock file; raises `FetchError` for one that is damaged or of another version."""
        try:
            data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
            if data["version"] != _VERSION:
                raise FetchError(
                    f"'{file}' has version {data['version']}, and this version of Neve reads version {_VERSION}: "
                    "write it again with nix-channel --lock"
                )
            entry = data["nixpkgs"]
            return cls(entry["path"], entry["narHash"], entry["system"], entry["releases"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FetchError(
                f"'{file}' is no lock file ({error}): write it again with nix-channel --lock, or remove it"
            ) from error

    @classmethod
    def of_generation(cls, info: PathInfo, real_path: str, system: str) -> ChannelLock:
        """The lock of a generation that is in the store; raises `FetchError` for a path that is none."""
        file = Path(real_path, "index", system, "meta.json")
        try:
            releases = json.loads(file.read_text())["releases"]
        except (OSError, ValueError, KeyError) as error:
            raise FetchError(
                f"'{info.path}' is no generation of Neve's package set: {error}"
            ) from error
        return cls(info.path, info.nar_hash, system, releases)

    def write(self, file: Path) -> None:
        """Writes the lock file, in one step."""
        entry = {
            "path": self.path,
            "narHash": self.nar_hash,
            "system": self.system,
            "releases": self.releases,
        }
        text = json.dumps({"version": _VERSION, "nixpkgs": entry}, indent=2, sort_keys=True)
        temporary = file.with_name(f".{file.name}.{os.getpid()}")
        temporary.write_text(text + "\n", encoding="utf-8")
        temporary.replace(file)

    def mirrors(self, service: str, release: str) -> Iterator[Mirror]:
        """The archive as it was, at the times at which the snapshot service may have seen it."""
        archives = {suite.name: suite.archive for suite in suites_of(release)}
        dates: dict[str, datetime] = {}
        for suite, state in self.releases.items():
            archive = archives.get(suite, "debian")
            date = datetime.fromisoformat(state["date"])
            dates[archive] = max(date, dates.get(archive, date))
        for delay in _DELAYS:
            bases = {
                archive: f"{service.rstrip('/')}/archive/{archive}/{date + delay:%Y%m%dT%H%M%SZ}"
                for archive, date in dates.items()
            }
            main = bases["debian"]
            yield Mirror(
                main,
                bases.get("debian-security", f"{main}-security"),
                check_valid_until=False,
                check_date=False,
            )
