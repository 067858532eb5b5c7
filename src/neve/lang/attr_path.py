"""Attribute paths as commands take them: `a.b`, `a."b.c"`, `list.0`."""

from __future__ import annotations

from neve.errors import UsageError


def parse_attr_path(text: str) -> list[str]:
    """The names of a path; quotes keep dots together. The empty path, and `.`'s last part, select nothing.

    Raises `UsageError` when a quote is not closed.
    """
    names: list[str] = []
    name = ""
    position = 0
    while position < len(text):
        character = text[position]
        if character == ".":
            names.append(name)
            name = ""
        elif character == '"':
            end = text.find('"', position + 1)
            if end == -1:
                raise UsageError(f"missing closing quote in selection path '{text}'")
            name += text[position + 1 : end]
            position = end
        else:
            name += character
        position += 1
    return [*names, name] if name else names
