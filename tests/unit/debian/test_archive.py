"""Reading a mirror's package lists."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.debian.signed_archive import SignedArchive

from neve.debian import trust
from neve.debian.architecture import Architecture
from neve.debian.archive import Archive, Snapshot
from neve.debian.download import Downloader
from neve.debian.errors import DownloadError, NotOnMirrorError
from neve.debian.mirror import Mirror, Suite

AMD64 = Architecture.from_system("x86_64-linux")
MIRROR = Mirror("http://mirror.example/debian", check_valid_until=False)
BASE = "http://mirror.example/debian/dists/trixie"


@pytest.fixture(autouse=True)
def trusted(archive: SignedArchive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neve ships the test archive's key."""
    monkeypatch.setattr(trust, "archive_keys", lambda: [archive.key])


def read(downloader: Downloader, *suites: Suite, cache_dir: Path | None = None) -> Snapshot:
    """The archive as a mirror serves it."""
    with downloader:
        return Archive(MIRROR, AMD64, downloader, cache_dir=cache_dir).read(
            suites or (Suite("trixie"),)
        )


def test_lists_are_fetched_by_hash(archive: SignedArchive) -> None:
    """Index files are asked for under their hashes where the mirror has them."""
    archive.publish("trixie", {"main": "Package: hello\n", "contrib": "Package: other\n"})
    snapshot = read(archive.downloader())
    assert [(one.component, one.data) for one in snapshot.lists] == [
        ("main", b"Package: hello\n"),
        ("contrib", b"Package: other\n"),
    ]
    assert all("/by-hash/SHA256/" in url for url in archive.requests[1:])


def test_plain_names_serve_where_hashes_are_missing(archive: SignedArchive) -> None:
    """A mirror without by-hash names is read by plain name."""
    archive.publish("trixie", {"main": "Package: hello\n"}, by_hash=False)
    assert read(archive.downloader()).lists[0].data == b"Package: hello\n"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data + b"\0\0\0\0", "bytes instead of"),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "its SHA-256 hash is not"),
    ],
    ids=["size", "hash"],
)
def test_wrong_index_is_refused(
    archive: SignedArchive, damage: Callable[[bytes], bytes], reason: str
) -> None:
    """An index of another size or hash than the release file says is never used; the error says what to do."""
    archive.publish("trixie", {"main": "Package: hello\n"}, by_hash=False)
    path = f"{BASE}/main/binary-amd64/Packages.xz"
    archive.files[path] = damage(archive.files[path])
    with pytest.raises(
        DownloadError, match=f"kept changing while it was read .*{reason}"
    ) as caught:
        read(archive.downloader())
    assert "debian-mirror" in str(caught.value)


def test_mirror_that_changes_is_read_again(archive: SignedArchive) -> None:
    """When the archive is republished between release file and index, the new state is read."""
    archive.publish("trixie", {"main": "Package: old\n"}, by_hash=False)

    def republish(url: str) -> None:
        if url.endswith("Packages.xz") and len(archive.requests) == 2:
            archive.publish("trixie", {"main": "Package: new\n"}, by_hash=False)

    assert read(archive.downloader(republish)).lists[0].data == b"Package: new\n"


def test_optional_suites_may_be_missing(archive: SignedArchive) -> None:
    """A mirror without a security suite is read; one without the main suite is not."""
    archive.publish("trixie", {"main": "Package: hello\n"})
    optional = Suite("trixie-updates", is_optional=True)
    assert len(read(archive.downloader(), Suite("trixie"), optional).releases) == 1
    with pytest.raises(NotOnMirrorError):
        read(archive.downloader(), Suite("forky"))


def test_unchanged_index_is_not_fetched_again(archive: SignedArchive, tmp_path: Path) -> None:
    """The cache answers for an index of known hash, unless its bytes are damaged."""
    archive.publish("trixie", {"main": "Package: hello\n"})
    for expected in (2, 1):
        archive.requests.clear()
        assert read(archive.downloader(), cache_dir=tmp_path).lists[0].data == b"Package: hello\n"
        assert len(archive.requests) == expected
    (damaged,) = tmp_path.iterdir()
    damaged.write_bytes(b"damaged")
    assert read(archive.downloader(), cache_dir=tmp_path).lists[0].data == b"Package: hello\n"
