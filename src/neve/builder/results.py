"""How builds end."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final


class Status(Enum):
    """How an output came to be."""

    BUILT = "built"
    SUBSTITUTED = "substituted"
    ALREADY_VALID = "already valid"


class FailureKind(Enum):
    """Why a goal failed; decides the exit status."""

    BUILDER_FAILED = "builder failed"
    TRANSIENT = "transient failure"
    """It may work another time: the network, a full disk."""
    INPUT_REJECTED = "input rejected"
    """It cannot be built here, or as it is written."""
    OUTPUT_REJECTED = "output rejected"
    HASH_MISMATCH = "hash mismatch"
    TIMED_OUT = "timed out"
    LOG_LIMIT = "log limit exceeded"
    NOT_DETERMINISTIC = "not deterministic"
    DEPENDENCY_FAILED = "dependency failed"
    NO_SUBSTITUTE = "no substitute"
    CANCELLED = "cancelled"
    OTHER = "other failure"


@dataclass(frozen=True, slots=True)
class Success:
    """A goal was reached: the paths of its outputs by name (`""` for a goal that is a path)."""

    status: Status
    paths: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Failure:
    """A goal was not reached; `message` is for people."""

    kind: FailureKind
    message: str


Outcome = Success | Failure

_BITS: Final = {
    FailureKind.BUILDER_FAILED: 0b100,
    FailureKind.INPUT_REJECTED: 0b100,
    FailureKind.TIMED_OUT: 0b101,
    FailureKind.HASH_MISMATCH: 0b110,
    FailureKind.NOT_DETERMINISTIC: 0b1000,
}
_BUILD_FAILURE: Final = 0b110_0000


def exit_status(failures: Iterable[FailureKind]) -> int:
    """The status of the old commands: bits for what went wrong, or 1 when none applies."""
    bits = 0
    for kind in failures:
        bits |= _BITS.get(kind, 0)
    return _BUILD_FAILURE | bits if bits else 1
