"""Which release files are believed."""

from datetime import UTC, datetime

import pytest
from tests.unit.debian.signed_archive import SignedArchive

from neve.debian.errors import ArchiveDateError, ArchiveMismatchError, ArchiveSignatureError
from neve.debian.mirror import Mirror, Suite
from neve.debian.trust import Release, archive_keys

SUITE = Suite("trixie")


@pytest.fixture
def signed(archive: SignedArchive) -> bytes:
    """A release file by the test archive's key."""
    archive.publish("trixie", {"main": "Package: hello\n"})
    return archive.files["http://mirror.example/debian/dists/trixie/InRelease"]


def test_shipped_keys_are_those_of_trixie() -> None:
    """The three keys that sign Debian 13's suites are there, by fingerprint."""
    assert {key.fingerprint for key in archive_keys()} == {
        "04b54c3cdca79751b16bc6b5225629df75b188bd",
        "5e04a1e3223a19a20706e20f9904613d4cce68c6",
        "41587f7db8c774bccf131416762f67a0b2c39de4",
    }


def test_good_signature_is_read(archive: SignedArchive, signed: bytes) -> None:
    """A file signed by a known key yields its fields and index files."""
    release = Release.verify(SUITE, signed, keys=[archive.key])
    assert release.by_hash
    assert release.version == "13.7"
    assert list(release.files) == ["main/binary-amd64/Packages.xz"]


def test_unknown_key_is_refused(signed: bytes) -> None:
    """A good signature by a stranger is no signature."""
    with pytest.raises(
        ArchiveSignatureError, match="release file of trixie is not signed by a key"
    ):
        Release.verify(SUITE, signed)


@pytest.mark.parametrize("junk", [b"", b"Codename: trixie\n", b"<html>Not here</html>"])
def test_unsigned_text_is_refused(archive: SignedArchive, junk: bytes) -> None:
    """Text without a signature is refused, whatever it says."""
    with pytest.raises(ArchiveSignatureError):
        Release.verify(SUITE, junk, keys=[archive.key])


def test_changed_text_is_refused(archive: SignedArchive, signed: bytes) -> None:
    """One changed byte under the signature is found."""
    with pytest.raises(ArchiveSignatureError):
        Release.verify(
            SUITE, signed.replace(b"Version: 13.7", b"Version: 13.8"), keys=[archive.key]
        )


def test_text_outside_the_signature_is_not_read(archive: SignedArchive, signed: bytes) -> None:
    """What stands before or after the signed part has no effect."""
    try:
        release = Release.verify(
            SUITE, b"Version: 99\n" + signed + b"Version: 99\n", keys=[archive.key]
        )
    except ArchiveSignatureError:
        return
    assert release.version == "13.7"


def test_other_suite_is_refused(archive: SignedArchive, signed: bytes) -> None:
    """A mirror cannot pass one suite's release file off as another's."""
    with pytest.raises(ArchiveMismatchError, match="describes the suite 'trixie' instead"):
        Release.verify(Suite("trixie-updates"), signed, keys=[archive.key])


def test_dates_are_checked_as_configured(archive: SignedArchive, signed: bytes) -> None:
    """Expired and future files are refused, unless the date checks are off."""
    release = Release.verify(SUITE, signed, keys=[archive.key])
    early, good, late = (datetime(2026, 9, day, tzinfo=UTC) for day in (1, 15, 30))
    release.check_dates(Mirror(), good)
    with pytest.raises(ArchiveDateError, match="in the future"):
        release.check_dates(Mirror(), early)
    with pytest.raises(ArchiveDateError, match="expired on 2026-09-19"):
        release.check_dates(Mirror(), late)
    for moment in (early, late):
        release.check_dates(Mirror(check_valid_until=False, check_date=False), moment)
