"""What a session is to reach: goals, and how they are reached."""

from __future__ import annotations

from enum import Enum

from neve.named_tuple import NamedTuple


class Mode(Enum):
    """What to do about outputs that exist."""

    NORMAL = "normal"
    """They are reached."""
    CHECK = "check"
    """They are built again and compared."""
    REPAIR = "repair"
    """They are looked at, and made again when they are damaged."""


class Output(NamedTuple):
    """The goal that an output of a derivation exists."""

    derivation: str
    name: str


class Path(NamedTuple):
    """The goal that a store path exists, wherever it comes from."""

    path: str


Goal = Output | Path
