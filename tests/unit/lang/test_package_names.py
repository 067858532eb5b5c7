"""Names of packages and what operands say of them."""

import pytest

from neve.errors import UsageError
from neve.lang.package_names import PackageName, Selector


@pytest.mark.parametrize(
    ("full", "name", "version"),
    [
        ("hello-2.10", "hello", "2.10"),
        ("apache-httpd-2.0.48", "apache-httpd", "2.0.48"),
        ("nix-shell", "nix-shell", ""),
        ("a-b-1c-d", "a-b", "1c-d"),
        ("trailing-", "trailing-", ""),
        ("odd-ü1", "odd", "ü1"),
        ("", "", ""),
    ],
)
def test_parts(full: str, name: str, version: str) -> None:
    """The version begins at the first dash that no letter of ASCII follows."""
    parts = PackageName(full)
    assert (parts.name, parts.version) == (name, version)


@pytest.mark.parametrize(
    ("selector", "matching"),
    [
        ("*", ["hello-2.10", "hello-2.12", "helloworld-1"]),
        ("hello", ["hello-2.10", "hello-2.12"]),
        ("hello-2.10", ["hello-2.10"]),
        ("hello.*", ["hello-2.10", "hello-2.12", "helloworld-1"]),
        ("hell", []),
    ],
)
def test_selectors(selector: str, matching: list[str]) -> None:
    """A selector is a regular expression for the whole name, and perhaps a version."""
    names = ["hello-2.10", "hello-2.12", "helloworld-1"]
    chosen = Selector(selector)
    assert [name for name in names if chosen.matches(PackageName(name))] == matching


def test_wrong_expression() -> None:
    """What is no regular expression is refused as such."""
    with pytest.raises(UsageError, match="'a\\(' is no regular expression"):
        Selector("a(")
