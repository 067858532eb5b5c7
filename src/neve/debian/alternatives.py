"""The links that maintainer scripts would make with `update-alternatives`.

No maintainer script runs; the calls are read out of the text instead. Most name their links literally, and those that
compute them are of packages whose links nobody misses.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from neve.debian.context import Context

_CALL: Final = re.compile(r"update-alternatives\b(?P<arguments>(?:[^\n\\;&|]|\\\n|\\.)*)")
_ASSIGNMENT: Final = re.compile(r"""^\s*(\w+)=(["']?)([\w./+@-]+)\2\s*(?:;|$)""", re.MULTILINE)
_VARIABLE: Final = re.compile(r"\$(?:(\w+)|\{(\w+)\})")
_LITERAL: Final = re.compile(r"/[\w./+@-]+")


@dataclass(frozen=True, slots=True)
class Alternative:
    """A link and what it points at, as absolute paths of a Debian system."""

    link: str
    target: str
    priority: int


def read_alternatives(script: str) -> Iterator[Alternative]:
    """The alternatives that a maintainer script installs, slave links included.

    Variables are understood that the script sets once, to a plain word.
    """
    values: dict[str, set[str]] = {}
    for name, _, value in _ASSIGNMENT.findall(script):
        values.setdefault(name, set()).add(value)

    def substitute(match: re.Match[str]) -> str:
        found = values.get(match[1] or match[2], set())
        return next(iter(found)) if len(found) == 1 else match[0]

    for call in _CALL.finditer(script):
        arguments = _VARIABLE.sub(substitute, call["arguments"].replace("\\\n", " "))
        try:
            words = shlex.split(arguments)
        except ValueError:
            continue
        yield from _read_call(words)


def _read_call(words: list[str]) -> Iterator[Alternative]:
    priority = 0
    for position, word in enumerate(words):
        if word == "--install" and len(words) > position + 4:
            link, _, target, level = words[position + 1 : position + 5]
            priority = int(level) if level.isdigit() else 0
        elif word == "--slave" and len(words) > position + 3:
            link, _, target = words[position + 1 : position + 4]
        else:
            continue
        if _LITERAL.fullmatch(link) and _LITERAL.fullmatch(target):
            yield Alternative(link, target, priority)


def add_alternatives(context: Context, scripts: list[str]) -> None:
    """Adds the package's own alternatives to its links; of several the one of the highest priority."""
    found = [alternative for script in scripts for alternative in read_alternatives(script)]
    for alternative in sorted(found, key=lambda one: -one.priority):
        place = context.placement.place(alternative.link.lstrip("/"))
        target = context.placement.place(alternative.target.lstrip("/"))
        if context.tree.has(target) and not context.tree.has(place):
            context.tree.add_link(place, alternative.link.lstrip("/"), alternative.target)
