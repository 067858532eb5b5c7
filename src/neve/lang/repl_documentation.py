"""`:doc`: what a function's documentation says, and how it looks on a terminal."""

from __future__ import annotations

import re

from neve import terminal
from neve.errors import NeveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from neve._core import Value
    from neve.lang.repl import Repl

_SELECTION: Final = re.compile(r"""(.+)\.([A-Za-z_][\w'-]*|"[^"$\\]*")\s*""", re.DOTALL)


def find(repl: Repl, text: str) -> str:
    """The documentation of an expression's value as Markdown.

    A builtin has its manual, a function its documentation comment; an attribute that is neither at least its place.
    Raises `NeveError` when there is nothing to say.
    """
    value = _without_functors(repl.evaluate(text))
    documentation = value.documentation()
    if documentation is not None:
        name, arguments, body = documentation
        position = value.function_position()
        if position is not None:
            defined = f"defined at {_place(position)}"
            title = f"Function `{name}`\n… {defined}" if name else f"Function {defined}"
            return f"{title}\n\n{body}"
        words = "".join(f" *{argument}*" for argument in arguments)
        synopsis = f"**Synopsis:** `builtins.{name}`{words}\n\n" if arguments else ""
        return synopsis + body
    place = _attribute_place(repl, text)
    if place is None:
        raise NeveError("value does not have documentation")
    return place


def _without_functors(value: Value) -> Value:
    """What does the work when the value is called: the first argument of a functor is the set itself."""
    while value.type == "set" and (functor := value.attr("__functor")) is not None:
        value = functor.call(value)
    return value


def _attribute_place(repl: Repl, text: str) -> str | None:
    selection = _SELECTION.fullmatch(text)
    if selection is None:
        return None
    name = selection[2].strip('"')
    try:
        parent = repl.evaluate(selection[1])
        position = parent.attr_position(name) if parent.type == "set" else None
    except NeveError:
        # The text was no selection after all: `f a.b`, `[ a.b`.
        return None
    if position is None:
        return None
    return f"Attribute `{name}`\n\n  … defined at {_place(position)}\n\nNo documentation found."


def _place(position: tuple[str, int, int]) -> str:
    file, line, column = position
    return f"{file}:{line}:{column}"


def render(markdown: str, *, has_colour: bool) -> str:
    """Markdown as terminal text: emphasis by colour or not at all, code blocks behind a bar."""
    lines: list[str] = []
    in_code = False
    for line in _unindent(markdown).strip("\n").split("\n"):
        if line.lstrip().startswith("```"):
            in_code = not in_code
            continue
        if in_code or line.startswith("    "):
            lines.append(f"  │ {line if in_code else line[4:]}".rstrip())
        else:
            lines.append(_render_inline(line, has_colour=has_colour))
    return "\n".join(lines).strip("\n")


def _unindent(text: str) -> str:
    lines = text.split("\n")
    indents = [len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()]
    shared = min(indents, default=0)
    if shared == 0 or not lines[0].startswith(" " * shared):
        # A first line right after the opening of a comment has no indentation of its own.
        return "\n".join([lines[0], *(line[shared:] for line in lines[1:])]) if shared else text
    return "\n".join(line[shared:] for line in lines)


def _render_inline(line: str, *, has_colour: bool) -> str:
    bold, faint, normal = (
        (terminal.BOLD, terminal.MAGENTA, terminal.NORMAL) if has_colour else ("", "", "")
    )
    line = re.sub(r"^#+ (.*)$", rf"{bold}\1{normal}", line)
    line = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", line)
    line = re.sub(r"\*\*([^*]+)\*\*", rf"{bold}\1{normal}", line)
    line = re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])", rf"{bold}\1{normal}", line)
    return re.sub(r"`([^`]+)`", rf"{faint}\1{normal}", line)
