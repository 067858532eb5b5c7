"""The interactive session: IPython, with the names of the test script."""

from __future__ import annotations

import code
import os
import sys
from typing import Any, Final

HISTORY_FILE: Final = ".nixos-test-history"
_INDENTED_PROMPT: Final = "... "
_PROMPT: Final = ">>> "


def interact(symbols: dict[str, Any], banner: str) -> None:
    """Read and run lines until the user leaves; input from a pipe is run line by line without IPython."""
    if not sys.stdin.isatty():
        code.InteractiveConsole(symbols).interact(banner=banner, exitmsg="")
        return
    try:
        from IPython.terminal.interactiveshell import TerminalInteractiveShell
        from IPython.terminal.prompts import Prompts, Token
        from traitlets.config import Config
    except ImportError:
        code.InteractiveConsole(symbols).interact(banner=banner, exitmsg="")
        return

    class _Prompts(Prompts):  # type: ignore[misc]
        def in_prompt_tokens(self) -> list[tuple[Any, str]]:
            return [(Token.Prompt, _PROMPT)]

        def continuation_prompt_tokens(self, width: int | None = None) -> list[tuple[Any, str]]:
            del width
            return [(Token.Prompt, _INDENTED_PROMPT)]

        def out_prompt_tokens(self) -> list[tuple[Any, str]]:
            return []

    settings = Config()
    settings.HistoryManager.hist_file = os.path.abspath(HISTORY_FILE)
    settings.TerminalInteractiveShell.prompts_class = _Prompts
    settings.TerminalInteractiveShell.confirm_exit = False
    settings.TerminalInteractiveShell.term_title = False
    settings.TerminalInteractiveShell.banner1 = f"{banner}\n"
    # The script's dictionary itself: what the script defines is there afterwards.
    shell = TerminalInteractiveShell.instance(config=settings, user_ns=symbols)
    shell.show_banner()
    shell.mainloop()
