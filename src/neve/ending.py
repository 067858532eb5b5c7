"""What is to be closed before the process ends or becomes another program.

Commands end without the interpreter's own clean-up (`neve.cli.program`), and a store that is not closed leaves work to
whoever opens it next: reading through a long journal, forgetting temporary roots.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Final

_closers: Final[list[Callable[[], object]]] = []


def at_end(close: Callable[[], object]) -> None:
    """Has `close` called when the process ends, however its command went."""
    _closers.append(close)


def close_all() -> None:
    """Calls what was asked for, the latest first."""
    while _closers:
        _closers.pop()()
