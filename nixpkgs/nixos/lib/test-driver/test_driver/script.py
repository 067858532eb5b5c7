"""The test script: compiled so that its own lines show up in tracebacks."""

from __future__ import annotations

import ast
import linecache
import traceback
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import CodeType

FILE_NAME: Final = "<testScript>"
_STARTERS: Final = {
    "connect",
    "create_machine",
    "driver",
    "machines",
    "machines_qemu",
    "start",
    "start_all",
}


def compile_script(text: str) -> CodeType:
    """The code of the script `text`; raises `SyntaxError`."""
    linecache.cache[FILE_NAME] = (len(text), None, text.splitlines(keepends=True), FILE_NAME)
    return compile(text, FILE_NAME, "exec", dont_inherit=True)


def machines_left_to_start(text: str, names: Collection[str]) -> set[str]:
    """Which of the machines called `names` the script uses but leaves to the driver to start: all it mentions, or none.

    A script that says itself when a machine starts (`start`, `start_all`), or goes over all machines, has its reasons.
    """
    mentioned = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name):
            mentioned.add(node.id)
        elif isinstance(node, ast.Attribute):
            mentioned.add(node.attr)
    return set() if mentioned & _STARTERS else mentioned & set(names)


def run_script(code: CodeType, symbols: dict[str, Any]) -> None:
    """Run the script in the name space `symbols`."""
    exec(code, symbols)  # noqa: S102 - running it is what the driver is for


def script_traceback(error: BaseException) -> list[str]:
    """Where in the script `error` arose, and what it says, line by line: none of the driver's own frames."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == FILE_NAME
    ]
    lines = ["Traceback (most recent call last):"] if frames else []
    lines += traceback.format_list(frames)
    lines += traceback.format_exception_only(error)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines).splitlines()
