"""How commands become a program that lies in a store."""

from __future__ import annotations

import sys

from neve import process

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn

    from neve.store.layout import Layout


def become(
    program: str, arguments: Sequence[str], *, layout: Layout, environment: Mapping[str, str]
) -> NoReturn:
    """Becomes a program, which sees the store where the paths in it say; `arguments` begin with its name for itself.

    Raises `ProcessError` when it cannot be started.
    """
    if layout.is_relocated:
        from neve.sandbox.showing import MODULE

        shown = (layout.store_dir, layout.real_store_dir)
        arguments = [sys.executable, "-I", "-m", MODULE, *shown, program, *arguments]
        program = sys.executable
    process.replace(arguments, environment=environment, program=program)
