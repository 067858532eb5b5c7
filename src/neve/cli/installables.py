"""What `nix` subcommands work on: attributes of a file or an expression, store paths, flakes."""

from __future__ import annotations

import os

from neve.cli.common import INPUTS_FROM, EvaluationArguments, open_session
from neve.cli.options import Group, Option, deprecated, flag, setting, value
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
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
        # Of flakes in folders of this machine.
        self.recreates_lock_file = False
        self.may_update_lock_file = True
        self.writes_lock_file = True
        self.commits_lock_file = False
        self.updated_inputs: list[str] = []
        self.overrides: dict[str, str] = {}
        self.reference_lock_file: str | None = None
        self.output_lock_file: str | None = None


SELECTION: Final = Group(
    "Where attributes come from",
    (
        value("-f --file", "file", "FILE", "A file, a folder, <NAME>, or - for standard input."),
        value("--expr", "expression", "EXPR", "An expression."),
    ),
)


def _override(arguments: InstallableArguments, path: str, reference: str) -> None:
    arguments.overrides[_checked_input("--override-input", path)] = reference
    # A lock file with something else in it is nobody's business but this command's.
    arguments.writes_lock_file = False


def _update(arguments: InstallableArguments, path: str) -> None:
    arguments.updated_inputs.append(_checked_input("--update-input", path))


def _checked_input(option: str, path: str) -> str:
    if not path.strip("/"):
        raise UsageError(
            f"{option} was passed a zero-length input path, which would refer to the flake itself, not an input"
        )
    return path


LOCK_FILES: Final = Group(
    "Lock files of flakes",
    (
        deprecated(
            flag("--recreate-lock-file", "recreates_lock_file", "Look up all inputs anew."),
            "'--recreate-lock-file' is deprecated and will be removed in a future version; "
            "use 'nix flake update' instead.",
        ),
        deprecated(
            Option("--update-input", _update, "Look up an input anew.", ("INPUT",)),
            "'--update-input' is a deprecated alias for 'flake update' "
            "and will be removed in a future version.",
        ),
        Option("--override-input", _override, "Take an input from elsewhere.", ("INPUT", "REF")),
        INPUTS_FROM,
        deprecated(
            setting("--no-registries", "use-registries", "Look no name up.", to="false"),
            "'--no-registries' is deprecated; use '--no-use-registries'",
        ),
        value(
            "--reference-lock-file",
            "reference_lock_file",
            "FILE",
            "Read this lock file in place of flake.lock.",
        ),
        value(
            "--output-lock-file",
            "output_lock_file",
            "FILE",
            "Write this lock file in place of flake.lock.",
        ),
        flag("--no-write-lock-file", "writes_lock_file", "Do not write flake.lock.", to=False),
        flag(
            "--no-update-lock-file",
            "may_update_lock_file",
            "Fail when the lock file would change.",
            to=False,
        ),
        flag("--commit-lock-file", "commits_lock_file", "Commit it to Git as well."),
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


def selected_values(
    session: Session, arguments: InstallableArguments, operands: Sequence[str] | None = None
) -> Iterator[tuple[str, Value]]:
    """Each attribute path with its value, in the chosen source or in flakes; the whole source for none.

    `operands` are those of the arguments that count, by default all.
    """
    if operands is None:
        operands = arguments.operands or ["."]
    operands = [operand.partition("^")[0] for operand in operands]
    if not has_source(arguments):
        from neve.cli.flakes import select_output

        for operand in operands:
            yield select_output(session, arguments, operand)
        return
    source = _evaluate_source(session, arguments)
    for operand in operands:
        attr_path = "" if operand == "." else operand
        yield attr_path, session.select(source, attr_path)


def _evaluate_source(session: Session, arguments: InstallableArguments) -> Value:
    """The value that attribute paths start from."""
    if arguments.file is not None:
        return session.import_argument(arguments.file)
    return session.evaluate(arguments.expression or "")


def is_store_path(operand: str, store_dir: str) -> bool:
    """Whether an operand is a path in the store, or a link to one; else it is a flake."""
    name = operand.partition("^")[0]
    if "/" not in name or "#" in name:
        return False
    return f"{os.path.realpath(name)}/".startswith(f"{store_dir}/") or name.startswith(
        f"{store_dir}/"
    )
