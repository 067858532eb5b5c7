"""What `nix` subcommands work on: attributes of a file or an expression, store paths, flakes."""

from __future__ import annotations

from neve.cli.common import EvaluationArguments, open_session
from neve.cli.options import Group, flag, value
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Final

    from neve._core import Value
    from neve.lang.session import Session
    from neve.settings import Settings


class InstallableArguments(EvaluationArguments):
    """Arguments of a subcommand that works on installables."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        settings.set("pure-eval", "true")
        self.file: str | None = None
        self.expression: str | None = None
        self.is_read_only = False


SELECTION: Final = Group(
    "Where attributes come from",
    (
        value("-f --file", "file", "FILE", "A file, a folder, <NAME>, or - for standard input."),
        value("--expr", "expression", "EXPR", "An expression."),
    ),
)

READ_ONLY: Final = flag("--read-only", "is_read_only", "Compute paths and write nothing.")


def open_installables(arguments: InstallableArguments) -> Session:
    """The evaluator for the chosen file or expression; raises `UsageError` when both are given."""
    if arguments.file is not None:
        if arguments.expression is not None:
            raise UsageError("'--file' and '--expr' are exclusive")
        # A file may read what lies beside it, which purity would forbid.
        arguments.settings.set("pure-eval", "false")
    return open_session(arguments)


def has_source(arguments: InstallableArguments) -> bool:
    """Whether operands are attribute paths, rather than store paths and flakes."""
    return arguments.file is not None or arguments.expression is not None


def evaluate_source(session: Session, arguments: InstallableArguments) -> Value:
    """The value that attribute paths start from."""
    if arguments.file is not None:
        return session.import_argument(arguments.file)
    if arguments.expression is None:
        raise no_flakes(arguments.operands[0] if arguments.operands else ".")
    return session.evaluate(arguments.expression)


def selected_values(
    session: Session, arguments: InstallableArguments
) -> Iterator[tuple[str, Value]]:
    """Each attribute path with its value; the whole source, called ``, when there is none."""
    source = evaluate_source(session, arguments)
    for operand in arguments.operands or ["."]:
        attr_path = operand.partition("^")[0]
        attr_path = "" if attr_path == "." else attr_path
        yield attr_path, session.select(source, attr_path)


def no_flakes(reference: str) -> NeveError:
    """Says that an operand would have to be a flake."""
    return NeveError(
        f"'{reference}' is taken for a flake, and this version of Neve knows no flakes yet; "
        "use --file or --expr to name what to evaluate"
    )
