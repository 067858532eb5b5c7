"""Attribute paths of the commands."""

import pytest

from neve.errors import UsageError
from neve.lang.attr_path import parse_attr_path


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("a", ["a"]),
        ("a.b.0", ["a", "b", "0"]),
        ('a."b.c".d', ["a", "b.c", "d"]),
        ('"x"y', ["xy"]),
        ("a.", ["a"]),
        (".a", ["", "a"]),
        ("a..b", ["a", "", "b"]),
        ('""', []),
    ],
)
def test_parse_attr_path(text: str, names: list[str]) -> None:
    """Dots separate unless they are quoted; a dot at the end adds nothing."""
    assert parse_attr_path(text) == names


def test_open_quote_is_an_error() -> None:
    """The path is named."""
    with pytest.raises(UsageError, match="missing closing quote in selection path"):
        parse_attr_path('a."b')
