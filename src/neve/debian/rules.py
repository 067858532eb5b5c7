"""What the archive's own metadata does not say: which dependencies to add, drop, or merge.

The rules are facts about Debian and so live with the package set, in `nixpkgs/pkgs/debian/rules.toml`.
"""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from neve.debian.errors import ControlFormatError


@dataclass(frozen=True)
class Rules:
    """Corrections to the dependencies that packages declare; every key and element is a package name."""

    drop: frozenset[str] = frozenset()
    """Packages that nothing depends on: they only serve maintainer scripts, or are empty."""
    keep: dict[str, frozenset[str]] = field(default_factory=dict)
    """Who needs a dropped package after all: dropped package → dependents."""
    add: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Dependencies that are real but only recommended, or undeclared."""
    provider: dict[str, str] = field(default_factory=dict)
    """Which package provides a virtual one, where several do."""
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Packages that only work together, under the name of the unit they make up."""
    modules: tuple[str, ...] = ()
    """Patterns for names of packages with a language's modules: those that others recommend count as dependencies."""
    interpreters: tuple[str, ...] = ()
    """Packages whose interpreters scripts may name without a declared dependency."""
    assumed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Packages whose modules the dependents of an interpreter may import without a declared dependency."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises `ControlFormatError` for a file that is no table of rules."""
        try:
            table = tomllib.loads(path.read_text())
            return cls._from_table(table)
        except (tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
            raise ControlFormatError(f"the rules in {path} cannot be read: {error}") from error

    @classmethod
    def _from_table(cls, table: dict[str, Any]) -> Self:
        return cls(
            drop=frozenset(table.get("drop", ())),
            keep={name: frozenset(users) for name, users in table.get("keep", {}).items()},
            add={name: tuple(added) for name, added in table.get("add", {}).items()},
            provider=dict(table.get("provider", {})),
            groups={name: tuple(members) for name, members in table.get("groups", {}).items()},
            modules=tuple(table.get("modules", ())),
            interpreters=tuple(table.get("interpreters", ())),
            assumed={name: tuple(found) for name, found in table.get("assumed", {}).items()},
        )
