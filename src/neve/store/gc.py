"""Garbage collection."""

from dataclasses import dataclass, field
from enum import Enum


class CollectionAction(Enum):
    """What a collection does."""

    RETURN_LIVE = "live"
    RETURN_DEAD = "dead"
    DELETE_DEAD = "delete"
    DELETE_SPECIFIC = "delete-specific"


@dataclass(frozen=True)
class CollectionRequest:
    """What to collect."""

    action: CollectionAction = CollectionAction.DELETE_DEAD
    paths: frozenset[str] = frozenset()
    """For `DELETE_SPECIFIC`: what to delete, if it is dead."""
    ignore_liveness: bool = False
    """For `DELETE_SPECIFIC`: roots do not count."""
    max_freed: int | None = None
    """Stop once this many bytes are free."""


@dataclass
class CollectionReport:
    """What a collection found or did."""

    paths: set[str] = field(default_factory=set)
    bytes_freed: int = 0
