"""The user's pager."""

from __future__ import annotations

import os
import shlex
import shutil
import sys

from neve import process, terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def show(text: str) -> None:
    """Writes a text to standard output: through a pager when that is a terminal on which it does not fit."""
    command = find_pager(os.environ)
    fits = text.count("\n") < terminal.height(sys.stdout)
    if command is None or fits or not sys.stdout.isatty():
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    environment = {"LESS": "FRSXMK", **os.environ}
    process.run(
        command, environment=environment, data=text.encode(errors="surrogateescape"), check=False
    )


def find_pager(environment: Mapping[str, str]) -> list[str] | None:
    """The command of `$NIX_PAGER` or `$PAGER`, else one that is installed; nothing for `cat` and none."""
    wanted = environment.get("NIX_PAGER", environment.get("PAGER"))
    if wanted is not None:
        return None if wanted in {"", "cat"} else shlex.split(wanted)
    return next(([name] for name in ("less", "more") if shutil.which(name)), None)
