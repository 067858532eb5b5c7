"""Flakes on command lines."""

from __future__ import annotations

import os

from neve.lang.literals import string_literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve._core import Value
    from neve.lang.session import Session


def evaluate_flake(session: Session, reference: str) -> Value:
    """The outputs of a flake, with its own attributes."""
    return session.evaluate(f"builtins.getFlake {string_literal(absolute_reference(reference))}")


def absolute_reference(reference: str) -> str:
    """A reference that does not depend on the current folder: `.` and other paths by their absolute names."""
    if reference.startswith((".", "/")):
        return os.path.abspath(reference)
    return reference
