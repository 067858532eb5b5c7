"""Names of packages: `hello-2.10` is the package `hello` in the version `2.10`."""

from __future__ import annotations

import re

from neve.errors import UsageError


class PackageName:
    """A name in its parts; the version begins at the first dash that no letter follows."""

    __slots__ = ("full", "name", "version")

    def __init__(self, full: str) -> None:
        self.full = full
        self.name = full
        self.version = ""
        for position, character in enumerate(full[:-1]):
            following = full[position + 1]
            if character == "-" and not (following.isascii() and following.isalpha()):
                self.name, self.version = full[:position], full[position + 1 :]
                break


class Selector:
    """What an operand says of packages: a regular expression for the name, and perhaps a version."""

    __slots__ = ("_pattern", "text", "version")

    def __init__(self, text: str) -> None:
        parts = PackageName(text)
        self.text = text
        self.version = parts.version
        self._pattern = None if parts.name == "*" else self.compile(parts.name)

    @staticmethod
    def compile(text: str, flags: int = 0) -> re.Pattern[str]:
        """A regular expression of a command line; raises `UsageError`."""
        try:
            return re.compile(text, flags)
        except re.error as error:
            raise UsageError(f"'{text}' is no regular expression: {error}") from error

    @property
    def means_all(self) -> bool:
        """Whether every package matches."""
        return self.text == "*"

    @property
    def name(self) -> str:
        """The text of its regular expression."""
        return "*" if self._pattern is None else self._pattern.pattern

    def matches(self, package: PackageName) -> bool:
        """Whether a package is meant."""
        if self._pattern is not None and self._pattern.fullmatch(package.name) is None:
            return False
        return self.version in {"", package.version}
