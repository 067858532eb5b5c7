"""The user's editor."""

from __future__ import annotations

import os
import shlex

from neve import process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_JUMPING: Final = ("emacs", "nano", "vim", "kak", "vi")
"""Parts of the names of editors that take `+LINE` before a file."""


def edit(file: str, line: int) -> int:
    """Opens a file in `$VISUAL`, `$EDITOR` or nano, at a line (0 for none) where the editor knows how; its status."""
    command = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "nano")
    if line > 0 and any(name in command[0] for name in _JUMPING):
        command.append(f"+{line}")
    return process.run([*command, file], environment=os.environ, stdin=0, check=False)
