"""Whether a release file comes from Debian's archive, and what it vouches for.

`InRelease` is a cleartext-signed list of the suite's index files with their hashes
(https://wiki.debian.org/DebianRepository/Format). Only what a signature covers is read.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.resources import files
from typing import Final, Self

from pysequoia import Cert, verify

from neve.debian.errors import ArchiveDateError, ArchiveMismatchError, ArchiveSignatureError
from neve.debian.mirror import Mirror, Suite

_CLOCK_TOLERANCE: Final = timedelta(minutes=5)


def archive_keys() -> list[Cert]:
    """The keys of Debian's archive that Neve ships."""
    folder = files("neve.debian") / "keys"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".asc"))
    return [Cert.from_bytes((folder / name).read_bytes()) for name in names]


@dataclass(frozen=True)
class IndexFile:
    """An entry of a release file."""

    path: str
    """Relative to the suite's directory."""
    sha256: str
    size: int

    def check(self, data: bytes, source: str) -> None:
        """Raises `ArchiveMismatchError` unless `data` is this file; `source` says where it came from."""
        if len(data) != self.size:
            problem = f"it has {len(data)} bytes instead of {self.size}"
        elif hashlib.sha256(data).hexdigest() != self.sha256:
            problem = f"its SHA-256 hash is not {self.sha256}"
        else:
            return
        raise ArchiveMismatchError(
            f"{source} is not the file that the signed release file names: {problem}"
        )


@dataclass(frozen=True)
class Release:
    """A release file whose signature was checked."""

    suite: Suite
    codename: str
    version: str
    date: datetime
    valid_until: datetime | None
    by_hash: bool
    """Whether the mirror serves index files under their hashes."""
    files: dict[str, IndexFile]

    @classmethod
    def verify(cls, suite: Suite, text: bytes, *, keys: Sequence[Cert] | None = None) -> Self:
        """Checks the signature of an `InRelease` file and reads it.

        Raises `ArchiveSignatureError` when no key of the archive signed it, `ArchiveMismatchError` when it describes
        another suite or no SHA-256 hashes.
        """
        trusted = list(keys) if keys is not None else archive_keys()
        return cls._parse(suite, _signed_text(suite, text, trusted))

    @classmethod
    def _parse(cls, suite: Suite, text: str) -> Self:
        fields = _fields(text)
        codename = fields.get("Codename", "")
        if codename != suite.name:
            raise ArchiveMismatchError(
                f"the release file of {suite.name} describes the suite '{codename}' instead"
            )
        if "SHA256" not in fields or "Date" not in fields:
            raise ArchiveMismatchError(
                f"the release file of {suite.name} lacks a SHA256 or Date field"
            )
        return cls(
            suite=suite,
            codename=codename,
            version=fields.get("Version", ""),
            date=parsedate_to_datetime(fields["Date"]),
            valid_until=_optional_date(fields.get("Valid-Until")),
            by_hash=fields.get("Acquire-By-Hash") == "yes",
            files=_index_files(fields["SHA256"]),
        )

    def check_dates(self, mirror: Mirror, now: datetime | None = None) -> None:
        """Raises `ArchiveDateError` for a file from the future or an expired one, as far as `mirror` asks for it."""
        now = now or datetime.now(UTC)
        if mirror.check_date and self.date > now + _CLOCK_TOLERANCE:
            raise ArchiveDateError(
                f"the release file of {self.suite.name} is dated {self.date:%Y-%m-%d %H:%M} UTC, which is in the "
                "future: check the clock of this machine (or set apt's Acquire::Check-Date to false)"
            )
        if mirror.check_valid_until and self.valid_until is not None and self.valid_until < now:
            raise ArchiveDateError(
                f"the release file of {self.suite.name} expired on {self.valid_until:%Y-%m-%d %H:%M} UTC: the mirror "
                "is out of date; choose another with the setting debian-mirror (or set apt's "
                "Acquire::Check-Valid-Until to false)"
            )


def _signed_text(suite: Suite, text: bytes, keys: list[Cert]) -> str:
    try:
        checked = verify(text, store=lambda _key_ids: keys)
    except RuntimeError as error:  # its text goes on with a backtrace
        reason = str(error).partition("\n")[0]
        raise ArchiveSignatureError(
            f"the release file of {suite.name} is not signed by a key of Debian's archive: {reason}"
        ) from error
    if not checked.valid_sigs or checked.bytes is None:
        raise ArchiveSignatureError(f"the release file of {suite.name} carries no good signature")
    return checked.bytes.decode()


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in text.splitlines():
        if line.startswith(" "):
            fields[name] += f"\n{line[1:]}"
        else:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return fields


def _optional_date(text: str | None) -> datetime | None:
    return None if text is None else parsedate_to_datetime(text)


def _index_files(text: str) -> dict[str, IndexFile]:
    entries = (line.split() for line in text.splitlines() if line)
    return {path: IndexFile(path, sha256, int(size)) for sha256, size, path in entries}
