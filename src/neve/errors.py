"""Every error that Neve raises.

NeveError
├── UsageError                 a command line that makes no sense
├── HashMismatchError          bytes that do not have the promised hash
├── TransferError              a download or an upload fails
├── FetchError                 a source that expressions want cannot be had
├── StoreError                 a store cannot do what was asked
│   ├── BadStorePathError      text that names no store path
│   ├── InvalidPathError       a path that the store does not have
│   ├── PathInUseError         others refer to it
│   ├── PathAliveError         a garbage collector root reaches it
│   ├── UntrustedPathError     no trusted key signed it
│   ├── DatabaseError          the store's database is damaged or cannot be used
│   └── CacheError             a binary cache fails or lies
├── SandboxError               a builder's surroundings cannot be made
│   └── NamespaceForbiddenError  the kernel refuses a namespace
├── BuildError                 derivations that could not be built
├── EvaluatorDefectError       the evaluator itself failed: a bug in Neve
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

from __future__ import annotations

import os

from neve.terminal import NORMAL, RED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final


class NeveError(Exception):
    """Base of all errors that a user can meet; its text says what was done, what is wrong, what to do."""

    exit_status: int = 1
    """Of the command that it ends."""
    evaluation_trace: str | None = None
    """If it ended an evaluation: the text that commands print, which says what was being evaluated."""


class UsageError(NeveError):
    """The arguments of a command, or a setting, make no sense."""


class HashMismatchError(NeveError):
    """Bytes do not have the hash that was promised."""


class TransferError(NeveError):
    """A download or an upload failed; `status` is the server's answer, if it gave one."""

    def __init__(self, message: str, *, url: str, status: int | None) -> None:
        super().__init__(message)
        self.url: Final = url
        self.status: Final = status

    @property
    def is_missing(self) -> bool:
        """Whether the server says that there is no such file."""
        return self.status in {404, 410}

    @property
    def is_forbidden(self) -> bool:
        """Whether the server wants to know who asks, or knows and refuses."""
        return self.status in {401, 403, 407}


class FetchError(NeveError):
    """A source that an expression wants cannot be fetched or unpacked."""


class StoreError(NeveError):
    """A store cannot do what was asked of it."""


class BadStorePathError(StoreError):
    """A text is not the name of a store path."""


class InvalidPathError(StoreError):
    """The store does not have this path."""

    def __init__(self, path: str) -> None:
        super().__init__(f"path '{path}' is not valid")
        self.path: Final = path


class PathInUseError(StoreError):
    """A path cannot go because others refer to it."""


class PathAliveError(StoreError):
    """A path cannot go because a garbage collector root reaches it."""


class UntrustedPathError(StoreError):
    """A path carries no signature by a trusted key."""


class DatabaseError(StoreError):
    """The store's database is damaged, of an unknown version, or cannot be written."""


class CacheError(StoreError):
    """A binary cache cannot be reached, breaks its format, or sent something else than it promised."""


class Frame:
    """One step of an evaluation trace; file, line and column are `None` where there is no source."""

    __slots__ = ("column", "file", "line", "message")

    def __init__(
        self, message: str, file: str | None, line: int | None, column: int | None
    ) -> None:
        self.message: Final = message
        self.file: Final = file
        self.line: Final = line
        self.column: Final = column


class SandboxError(NeveError):
    """The surroundings that a builder runs in cannot be made."""


class NamespaceForbiddenError(SandboxError):
    """The kernel refuses a namespace that the sandbox needs; `namespace` is which (`user`, `pid`, `mnt` …)."""

    def __init__(self, message: str, namespace: str) -> None:
        super().__init__(message)
        self.namespace: Final = namespace


class BuildError(NeveError):
    """Derivations could not be built; the status is what Nix's old commands end with (1, or 100 and above)."""

    def __init__(self, message: str, *, exit_status: int = 1) -> None:
        super().__init__(message)
        self.exit_status = exit_status


class EvaluatorDefectError(NeveError):
    """The evaluator failed where no input should make it fail, and cannot be used any more; `what` says how."""

    exit_status = 70

    def __init__(self, what: str) -> None:
        super().__init__(f"this is a bug in Neve's evaluator, please report it: {what}")
        self.what: Final = what


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


class UnknownNotationError(EvaluationError, UsageError):
    """There is no hash algorithm, or no way to write a hash, of this name."""


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


def describe(error: NeveError) -> str:
    """The text of an error as commands show it; that of an evaluation holds the trace and the place in the source.

    Further lines stand below the first one's text, as Nix has it. Notes of the exception are its trace.
    """
    if isinstance(error, EvaluationError):
        return error.rendered
    if error.evaluation_trace is not None:
        return error.evaluation_trace
    message = str(error).replace("\n", "\n       ")
    notes = getattr(error, "__notes__", ())
    if not notes:
        return message
    trace = "".join(f"\n       … {note}\n" for note in reversed(notes))
    return f"{trace}\n       {RED}error:{NORMAL} {message}"


def describe_os_error(error: OSError) -> str:
    """A failed system call in words."""
    if error.filename is None:
        return error.strerror or str(error)
    name = os.fsdecode(error.filename)
    return f"cannot access '{name}': {error.strerror}"
