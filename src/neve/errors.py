"""Every error that Neve raises.

    NeveError
    ├── UsageError                 a command line that makes no sense
    └── EvaluationError            an expression that has no value
        ├── ParseError
        ├── UndefinedVariableError
        ├── MissingAttributeError
        ├── WrongTypeError
        ├── ThrownError            `throw`
        ├── AssertionFailedError   `assert`
        ├── AbortError             `abort`
        ├── InfiniteRecursionError
        ├── StackOverflowError
        ├── RestrictedError        forbidden in pure or restricted mode
        └── ImportFromDerivationError
"""

from dataclasses import dataclass
from typing import Final


class NeveError(Exception):
    """Base of all errors that a user can meet; its text says what was done, what is wrong, what to do."""

    exit_status: int = 1


class UsageError(NeveError):
    """The arguments of a command make no sense."""


@dataclass(frozen=True)
class Frame:
    """One step of an evaluation trace."""

    message: str
    file: str | None
    line: int | None
    column: int | None


class EvaluationError(NeveError):
    """An expression has no value.

    `message` is the bare error, `frames` the trace (outermost first), `rendered` the text that the commands print,
    position and source excerpt included, without the leading `error: `.
    """

    def __init__(
        self,
        message: str,
        *,
        position: tuple[str, int, int] | None = None,
        frames: tuple[Frame, ...] = (),
        rendered: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message: Final = message
        self.position: Final = position
        self.frames: Final = frames
        self.rendered: Final = rendered if rendered is not None else message


class ParseError(EvaluationError):
    """The text is no Nix expression."""


class UndefinedVariableError(EvaluationError):
    """A variable has no definition."""


class MissingAttributeError(EvaluationError):
    """A set lacks the attribute that was selected."""


class WrongTypeError(EvaluationError):
    """A value of one type stands where another is needed."""


class ThrownError(EvaluationError):
    """`throw` was evaluated."""


class AssertionFailedError(EvaluationError):
    """The condition of an `assert` is false."""


class AbortError(EvaluationError):
    """`abort` was evaluated."""


class InfiniteRecursionError(EvaluationError):
    """A value depends on itself."""


class StackOverflowError(EvaluationError):
    """Calls or data are nested deeper than the limit."""


class RestrictedError(EvaluationError):
    """Pure or restricted evaluation forbids this."""


class ImportFromDerivationError(EvaluationError):
    """An expression needs a build, and building is not allowed here."""
