"""The links that maintainer scripts would make with `update-alternatives`.

No maintainer script runs; the calls are read out of the text instead. Most name their links literally, and those that
compute them are of packages whose links nobody misses.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from neve.debian.context import Context

_CALL: Final = re.compile(r"update-alternatives\b(?P<arguments>(?:[^\n\\;&|]|\\.)*)")
_ASSIGNMENT: Final = re.compile(
    r"""^\s*(\w+)=(?:([\w./+@-]+)|(["'])([\w./+@ -]+)\3)\s*(?:;|$)""", re.MULTILINE
)
_LOOP: Final = re.compile(
    r"\bfor\s+(\w+)\s+in\s+([\w./+@ -]+?)\s*[;\n]\s*do\b((?:(?!\bfor\b).)*?)\bdone\b", re.DOTALL
)
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

    Variables are understood that the script sets once, to plain words, or by a loop over plain words.
    """
    values: dict[str, set[str]] = {}
    for name, word, _, several in _ASSIGNMENT.findall(script):
        values.setdefault(name, set()).add(word or several)
    known = {name: next(iter(found)) for name, found in values.items() if len(found) == 1}
    text = _LOOP.sub(_unroll, _substitute(script.replace("\\\n", " "), known))
    for call in _CALL.finditer(text):
        try:
            words = shlex.split(call["arguments"])
        except ValueError:
            continue
        yield from _read_call(words)


def _substitute(text: str, values: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: values.get(match[1] or match[2], match[0]), text)


def _unroll(loop: re.Match[str]) -> str:
    """A loop's body once for each word."""
    name, words, body = loop.groups()
    return "\n".join(_substitute(body, {name: word}) for word in words.split())


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
