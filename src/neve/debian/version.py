"""The order of Debian version numbers (Debian Policy, section 5.6.12)."""

import operator
import re
from collections.abc import Callable
from functools import cache
from typing import Any, Final

VersionKey = tuple[Any, ...]
"""Compares as the version it was made from."""

_RELATIONS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">=": operator.ge,
    ">>": operator.gt,
}
_PARTS: Final = re.compile(r"(\D*)(\d*)")
_END: Final = (0,)


@cache
def version_key(version: str) -> VersionKey:
    """A key to sort versions by: epoch, upstream version, Debian revision."""
    epoch, _, rest = version.rpartition(":")
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = revision, ""
    return (int(epoch) if epoch.isdigit() else 0, _part_key(upstream), _part_key(revision))


def satisfies(version: str, relation: str, wanted: str) -> bool:
    """Whether `version` stands in this relation (`<<`, `<=`, `=`, `>=`, `>>`) to `wanted`."""
    return _RELATIONS[relation](version_key(version), version_key(wanted))


@cache
def _part_key(text: str) -> VersionKey:
    """Pairs of text and number, compared in turn; the end counts as an empty text, so that `~` sorts before it.

    Only the first pair's text can be empty, so a version that ends there is told from one that goes on.
    """
    pairs = [(_text_key(word), int(digits or 0)) for word, digits in _PARTS.findall(text)[:-1]]
    return (*(pairs or [(_END, 0)]), (_END,))


@cache
def _text_key(word: str) -> tuple[int, ...]:
    """Tilde before the end, the end before letters, letters before anything else."""
    return (*(-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 256 for c in word), 0)
