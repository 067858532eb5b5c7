"""What the scheduler is told and what it tells: events, instructions, and the facts that they carry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from neve.builder.goals import Mode, Output
from neve.builder.results import Failure


class Slot(Enum):
    """What limits how much is done at a time."""

    PROCESS = "process"
    """Builders with a process of their own: `max-jobs`."""
    BUILTIN = "builtin"
    """Builders inside this process, which mostly wait for the network."""
    FETCH = "fetch"
    """Paths from caches: `max-substitution-jobs`."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What scheduling depends on in a derivation."""

    outputs: Mapping[str, str | None]
    """Every output's path, as far as it is known before the build."""
    valid: frozenset[str]
    """Names of the outputs that exist and, where that was asked, are undamaged."""
    inputs: Mapping[str, frozenset[str]]
    """Input derivations to the names of the outputs that are needed."""
    missing_sources: frozenset[str] = frozenset()
    """Input sources that the store does not have."""
    can_substitute: bool = True
    must_resolve: bool = False
    """Whether it is built as another derivation, made when the paths of its inputs are known."""
    slot: Slot = Slot.PROCESS


@dataclass(frozen=True, slots=True)
class Offer:
    """A cache that has a path."""

    cache: str
    """Names the cache to whoever fetches."""
    references: frozenset[str]
    download_size: int = 0
    """Bytes, 0 when unknown."""
    nar_size: int = 0


# -- what the scheduler wants done; each is answered by the event named in its description


@dataclass(frozen=True, slots=True)
class Load:
    """Read a derivation that is in the store: `Loaded`."""

    derivation: str
    mode: Mode = Mode.NORMAL


@dataclass(frozen=True, slots=True)
class Find:
    """Look for a path in the store, then in caches: `Found`."""

    path: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """Get a path from a cache: `Fetched`."""

    path: str
    offer: Offer


@dataclass(frozen=True, slots=True)
class Build:
    """Run a builder: `Built`, `BuildFailed`, or `Blocked` and later `Unblocked`."""

    derivation: str
    mode: Mode = Mode.NORMAL


@dataclass(frozen=True, slots=True)
class Resolve:
    """Make the derivation that this one becomes when the paths of its inputs are known: `Resolved`."""

    derivation: str
    inputs: Mapping[str, Mapping[str, str]]
    """Input derivation → output name → path."""


@dataclass(frozen=True, slots=True)
class Adopt:
    """Record that a derivation has the outputs of the one it was resolved to: `Built`."""

    derivation: str
    resolved: str
    paths: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Inspect:
    """Look at everything that an undamaged output refers to: `Inspected`."""

    output: Output


@dataclass(frozen=True, slots=True)
class Kill:
    """End a builder; it is answered as if it had failed by itself."""

    derivation: str


@dataclass(frozen=True, slots=True)
class Tell:
    """Say why a goal failed that others wait for."""

    failure: Failure


Instruction = Load | Find | Fetch | Build | Resolve | Adopt | Inspect | Kill | Tell


# -- what happened


@dataclass(frozen=True, slots=True)
class Loaded:
    """A derivation was read, or cannot be."""

    derivation: str
    facts: Facts | Failure


@dataclass(frozen=True, slots=True)
class Found:
    """Whether a path is in the store and which caches have it, the preferred one first."""

    path: str
    is_valid: bool
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """A path came from a cache, or did not."""

    path: str
    error: str | None = None
    has_vanished: bool = False
    """The cache had promised it but has it no more, which is no failure of the network."""


@dataclass(frozen=True, slots=True)
class Built:
    """A derivation's outputs exist."""

    derivation: str
    paths: Mapping[str, str]
    was_built: bool = True
    """False when another process had built them meanwhile."""


@dataclass(frozen=True, slots=True)
class BuildFailed:
    """A derivation's outputs could not be made."""

    derivation: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Blocked:
    """A build cannot start because another process holds what it needs."""

    derivation: str


@dataclass(frozen=True, slots=True)
class Unblocked:
    """It may be tried again."""

    derivation: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """The derivation that another one became."""

    derivation: str
    resolved: str | Failure


@dataclass(frozen=True, slots=True)
class Inspected:
    """The damaged paths that an output refers to, with the derivation that makes each, if it is known."""

    output: Output
    damaged: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The user wants no more."""


Event = (
    Loaded
    | Found
    | Fetched
    | Built
    | BuildFailed
    | Blocked
    | Unblocked
    | Resolved
    | Inspected
    | Cancelled
)
