"""Packages that a mirror has dropped."""

import json

import pytest

from neve.debian.errors import DownloadError, NotOnMirrorError
from neve.debian.snapshot import find_in_snapshot

SERVICE = "http://snapshot.example"
PAGES = {
    f"{SERVICE}/mr/binary/hello/": {
        "result": [{"binary_version": "1:2.10-5"}, {"binary_version": "2.9-1"}]
    },
    f"{SERVICE}/mr/binary/hello/1%3A2.10-5/binfiles": {
        "result": [
            {"architecture": "arm64", "hash": "a" * 40},
            {"architecture": "amd64", "hash": "b" * 40},
        ]
    },
}


def get(url: str) -> bytes:
    """A service with one package."""
    if url not in PAGES:
        raise NotOnMirrorError(f"{url} does not exist")
    return json.dumps(PAGES[url]).encode()


def test_a_package_is_found_by_the_name_of_its_file() -> None:
    """Files leave out the epoch, which the service wants; the architecture's own file is taken."""
    url = "mirror://debian/pool/main/h/hello/hello_2.10-5_amd64.deb"
    assert list(find_in_snapshot(url, f"{SERVICE}/", get)) == [f"{SERVICE}/file/{'b' * 40}"]


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("hello_3.0_amd64.deb", "has no version 3.0 of hello"),
        ("other_1_amd64.deb", "does not exist"),
        ("Packages.xz", "is no package"),
    ],
)
def test_what_the_service_does_not_have(file: str, message: str) -> None:
    """Unknown packages, unknown versions, and files that are none."""
    with pytest.raises(NotOnMirrorError, match=message):
        list(find_in_snapshot(f"mirror://debian/pool/{file}", SERVICE, get))


def test_a_page_that_is_no_answer() -> None:
    """A proxy's error page is not taken for a list of packages."""
    with pytest.raises(DownloadError, match="gave no list of packages"):
        list(find_in_snapshot("mirror://debian/a_1_all.deb", SERVICE, lambda _: b"<html>"))
