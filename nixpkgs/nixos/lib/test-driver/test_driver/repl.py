"""The interactive session: ptpython, with the names of the test script."""

from __future__ import annotations

import code
import os
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ptpython.repl import PythonRepl

HISTORY_FILE: Final = ".nixos-test-history"


def interact(symbols: dict[str, Any], banner: str) -> None:
    """Read and run lines until the user leaves.

    Where ptpython cannot draw (a pipe, `TERM=dumb`), or is missing, it is Python's plain prompt.
    """
    can_draw = sys.stdin.isatty() and os.environ.get("TERM", "dumb") not in {"dumb", "unknown"}
    try:
        from prompt_toolkit.patch_stdout import patch_stdout
        from ptpython.repl import embed
    except ImportError:
        can_draw = False
    if not can_draw:
        code.InteractiveConsole(symbols).interact(banner=banner, exitmsg="")
        return
    sys.stdout.write(f"{banner}\n")
    # The log's lines come at any time: they go above the line that is being typed, in their own colours.
    with patch_stdout(raw=True):
        # The script's dictionary itself: what the script defines is there afterwards.
        embed(
            symbols,
            symbols,
            configure=_configure,
            history_filename=os.path.abspath(HISTORY_FILE),
        )


def _configure(repl: PythonRepl) -> None:
    repl.confirm_exit = False
    repl.show_status_bar = False
    repl.enable_open_in_editor = False
