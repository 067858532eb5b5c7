"""Modules that a command needs in the end, loaded while it evaluates, which leaves the interpreter to others."""

from __future__ import annotations

import _thread
import importlib
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def load_meanwhile(modules: Sequence[str]) -> None:
    """Begins to import the modules on a thread of its own.

    Whoever imports one of them waits until it is there, and hears of it if it cannot be imported.
    """
    _thread.start_new_thread(_load, (tuple(modules),))


def _load(modules: Sequence[str]) -> None:
    with suppress(Exception):
        for module in modules:
            importlib.import_module(module)
