"""Which mirror is read."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from neve.debian import mirror
from neve.debian.mirror import PUBLIC_MIRROR, Mirror, find_mirror

OPTIONS = "VALID_UNTIL='false'\nDATE='true'\nPROXY='http://proxy.example:3128'\n"
TARGETS = (
    "Ubuntu\tnoble\thttp://ubuntu.example/ubuntu/\n"
    "Debian\tbookworm\thttp://near.example/debian/\n"
    "Debian\tbookworm-security\thttp://near.example/security/\n"
)


def apt(command: Sequence[str]) -> str | None:
    """A machine with apt."""
    return OPTIONS if command[0] == "apt-config" else TARGETS


def no_apt(_command: Sequence[str]) -> str | None:
    """A machine without."""
    return None


def test_apt_names_the_mirror() -> None:
    """Addresses, date checks and the proxy come from apt; repositories of other origins are ignored."""
    found = Mirror.find(run=apt)
    assert found == Mirror(
        "http://near.example/debian",
        "http://near.example/security",
        check_valid_until=False,
        check_date=True,
        proxy="http://proxy.example:3128",
    )


def test_setting_beats_apt() -> None:
    """A mirror that the user names is taken, its security archive beside it."""
    found = Mirror.find("http://own.example/debian/", run=apt)
    assert (found.main, found.security) == (
        "http://own.example/debian",
        "http://own.example/debian-security",
    )


def test_public_mirror_without_apt() -> None:
    """A machine without apt reads Debian's public mirror, and checks dates."""
    found = Mirror.find(run=no_apt)
    assert found == Mirror(PUBLIC_MIRROR, f"{PUBLIC_MIRROR}-security")
    assert found.check_date
    assert found.check_valid_until


def test_apt_without_lists_is_read_by_address() -> None:
    """Before apt's first update origins are unknown, and the address tells what is Debian's."""

    def fresh(command: Sequence[str]) -> str | None:
        if command[0] == "apt-config":
            return ""
        return "\tbookworm\thttp://near.example/debian\n\tx\thttp://vendor.example/apt\n"

    assert Mirror.find(run=fresh).main == "http://near.example/debian"


def test_mirror_addresses_are_resolved() -> None:
    """Package files are named without a mirror; other addresses are left alone."""
    found = Mirror("http://near.example/debian", "http://near.example/security")
    assert found.resolve("mirror://debian/pool/a.deb") == "http://near.example/debian/pool/a.deb"
    assert (
        found.resolve("mirror://debian-security/pool/b.deb")
        == "http://near.example/security/pool/b.deb"
    )
    for other in ("mirror://gnu/hello.tar.gz", "https://example.org/x", "mirror://debian"):
        assert found.resolve(other) == other


def test_apt_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Downloads that begin together wait for one answer of apt instead of asking again each."""
    asked = []

    def slow(command: Sequence[str]) -> None:
        asked.append(command[0])
        time.sleep(0.05)

    monkeypatch.setattr(mirror, "_run", slow)
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(find_mirror, ["http://once.example/debian"] * 8))
    assert [one.main for one in found] == ["http://once.example/debian"]
    assert asked == ["apt-config"]
