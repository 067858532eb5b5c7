"""What Tab offers in an interactive session: variables, attributes, files, commands."""

from __future__ import annotations

import os
import re

from neve.errors import NeveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from neve.lang.repl import Repl

_BOUNDARY: Final = re.compile(r"[ \n\r\t(){}\[\];=+*,!&|?@>]")
_LOOKUP_PATH: Final = re.compile(r"<([^<>\s]*)$")
_TAKES_FILE: Final = re.compile(r":(?:l|load|lf|load-flake|e|edit)\s+")


def complete(repl: Repl, text: str) -> tuple[int, list[str]]:
    """The ways to go on: how many characters before the cursor they replace, and the replacements, sorted."""
    if re.fullmatch(r":\S*", text):
        return len(text), [name for name in repl.command_names() if name.startswith(text)]
    lookup = _LOOKUP_PATH.search(text)
    if lookup is not None:
        return len(lookup[1]), _complete_lookup_path(repl, lookup[1])
    word = _BOUNDARY.split(text)[-1]
    if "/" in word or _TAKES_FILE.fullmatch(text[: len(text) - len(word)]):
        return len(word), _complete_file(word)
    if "." in word:
        return len(word), _complete_attribute(repl, word)
    from neve.lang.repl import quote_name

    # A variable whose name would have to be quoted cannot be written.
    names = (name for name in repl.scope.names() if name.startswith(word))
    return len(word), sorted(name for name in names if quote_name(name) == name)


def _complete_lookup_path(repl: Repl, word: str) -> list[str]:
    """What may follow `<`: the names of the lookup path, and files below them."""
    name, slash, start = word.partition("/")
    if not slash:
        entries = repl.evaluate("map (entry: entry.prefix) builtins.nixPath")
        names = {entries.item(index).coerce_to_string() for index in range(len(entries))}
        return sorted(f"{entry}>" for entry in names if entry and entry.startswith(word))
    try:
        folder = repl.session.evaluator.find_file(name)
    except NeveError:
        return []
    found = _complete_file(f"{folder}/{start}")
    return [name + path.removeprefix(folder) for path in found]


def _complete_file(word: str) -> list[str]:
    folder, slash, start = word.rpartition("/")
    try:
        entries = sorted(os.listdir(os.path.expanduser(folder + slash) or "."))
    except OSError:
        return []
    found = []
    for name in entries:
        if name.startswith(start) and (start.startswith(".") or not name.startswith(".")):
            path = folder + slash + name
            found.append(path + "/" if os.path.isdir(os.path.expanduser(path)) else path)
    return found


def _complete_attribute(repl: Repl, word: str) -> list[str]:
    from neve.lang.repl import quote_name

    parent, _, start = word.rpartition(".")
    host = repl.session.host
    was_quiet, host.is_debugger_quiet = host.is_debugger_quiet, True
    try:
        value = repl.evaluate(parent)
        names = value.attr_names() if value.type == "set" else []
    except NeveError:
        # What is being typed need not make sense yet.
        return []
    finally:
        host.is_debugger_quiet = was_quiet
    return [f"{parent}.{quote_name(name)}" for name in names if name.startswith(start.strip('"'))]
