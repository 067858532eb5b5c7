"""`nix-instantiate`: evaluate an expression, or write the derivations it stands for."""

from __future__ import annotations

import os
import sys

from neve import terminal
from neve.cli import common, program
from neve.cli.common import EvaluationArguments
from neve.cli.options import Command, Group, Option, flag, repeated, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final, NoReturn

    from neve._core import Value
    from neve.lang.derivations import FoundDerivation
    from neve.lang.session import Session
    from neve.settings import Settings

    Parsed = str


class InstantiateArguments(EvaluationArguments):
    """What `nix-instantiate` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.mode = "derivations"
        """`derivations`, `evaluate`, `parse` or `find-file`."""
        self.form = "plain"
        """Of an evaluated value: `plain`, `raw`, `xml` or `json`."""
        self.attr_paths: list[str] = []
        self.is_expression = False
        self.is_strict = False
        self.with_locations = True
        self.wants_writing = False
        self.root: str | None = None
        self.warns_of_roots = True


def _ask_to_parse(arguments: InstantiateArguments) -> None:
    arguments.mode = "parse"


COMMAND: Final = Command(
    "nix-instantiate",
    "instantiate derivations from expressions, or evaluate them",
    (
        Group(
            "What to do",
            (
                flag(
                    "--eval --eval-only",
                    "mode",
                    "Print the value and write nothing.",
                    to="evaluate",
                ),
                flag("--parse --parse-only", "mode", "Print the syntax tree.", to="parse"),
                flag("--find-file", "mode", "Print where <NAME> is found.", to="find-file"),
                flag("-E --expr", "is_expression", "Operands are expressions.", to=True),
                repeated(
                    "-A --attr", "attr_paths", "PATH", "Select an attribute; may be repeated."
                ),
            ),
        ),
        Group(
            "With --eval",
            (
                flag("--strict", "is_strict", "Evaluate all parts of the value."),
                flag("--json", "form", "Print JSON.", to="json"),
                flag("--xml", "form", "Print XML.", to="xml"),
                flag("--raw", "form", "Print a string as it is, without a newline.", to="raw"),
                flag("--no-location", "with_locations", "XML without positions.", to=False),
                flag("--read-write-mode", "wants_writing", "Write derivations nevertheless."),
            ),
        ),
        Group(
            "Without --eval",
            (
                value(
                    "--add-root", "root", "LINK", "Keep the derivation by a link (then -2, -3 …)."
                ),
                Option("--indirect", lambda _: None, "Has no meaning any more; links always are."),
                flag(
                    "--no-gc-warning",
                    "warns_of_roots",
                    "Be silent about a missing --add-root.",
                    to=False,
                ),
                flag(
                    "--dry-run --readonly-mode", "is_read_only", "Compute paths and write nothing."
                ),
            ),
        ),
        common.EVALUATION,
        common.BUILDING,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[FILE…]",
    description="""
FILE is a file, a folder with a default.nix (./default.nix if there is none given), <NAME>, an address of an archive,
or - for standard input. Prints the paths of the derivations, with !OUTPUT when another than `out` was chosen.
""",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, InstantiateArguments)
    if arguments is None:
        return 0
    if arguments.mode in {"evaluate", "parse"} and not arguments.wants_writing:
        arguments.is_read_only = True
    session = common.open_session(arguments)
    if arguments.mode == "find-file":
        for name in arguments.operands:
            print(session.evaluator.find_file(name))
        return 0
    operands = arguments.operands
    if not operands and not arguments.is_expression:
        operands = ["./default.nix"]
    roots = _Roots(session, arguments)
    for operand in operands:
        if arguments.mode == "parse":
            print(_parse(session, operand, arguments))
        else:
            _process(session, _evaluate(session, operand, arguments), arguments, roots)
    if not arguments.is_read_only:
        session.evaluator.flush()
    common.show_statistics(session)
    return 0


def _parse(session: Session, operand: str, arguments: InstantiateArguments) -> str:
    if arguments.is_expression and operand != "-":
        return session.evaluator.parse_to_text(os.fsencode(operand), base_dir=os.getcwd())
    return session.parse_argument(operand)


def _evaluate(session: Session, operand: str, arguments: InstantiateArguments) -> Value:
    if arguments.is_expression and operand != "-":
        return session.evaluate(operand)
    return session.evaluate_argument(operand)


def _process(session: Session, root: Value, arguments: InstantiateArguments, roots: _Roots) -> None:
    for attr_path in arguments.attr_paths or [""]:
        selected = session.select(root, attr_path)
        if arguments.mode == "evaluate":
            # A function is shown as one unless there are arguments for it.
            has_arguments = bool(arguments.auto_arguments)
            _print_value(session.auto_call(selected) if has_arguments else selected, arguments)
        else:
            for line in roots.lines(selected):
                print(line)


def _print_value(result: Value, arguments: InstantiateArguments) -> None:
    write = sys.stdout.write
    if arguments.form == "raw":
        write(result.coerce_to_string(context="while generating the nix-instantiate output"))
    elif arguments.form == "xml":
        write(result.to_xml(strict=arguments.is_strict, locations=arguments.with_locations))
    elif arguments.form == "json":
        write(result.to_json(strict=arguments.is_strict) + "\n")
    else:
        write(result.show(strict=arguments.is_strict) + "\n")


class _Roots:
    """Writes derivations and, when asked, the links that keep them."""

    def __init__(self, session: Session, arguments: InstantiateArguments) -> None:
        self._session = session
        self._arguments = arguments
        self._count = 0

    def lines(self, selected: Value) -> Iterator[str]:
        """One line for each derivation in a value; all are in the store before the first is printed."""
        from neve.lang.derivations import find_derivations

        found = list(find_derivations(selected, self._session.auto_values()))
        if not self._arguments.is_read_only:
            self._session.evaluator.flush()
        for derivation in found:
            suffix = "" if derivation.output_name == "out" else f"!{derivation.output_name}"
            yield self._keep(derivation) + suffix

    def _keep(self, derivation: FoundDerivation) -> str:
        arguments = self._arguments
        if arguments.root is None:
            if arguments.warns_of_roots:
                terminal.warn(
                    "you did not specify '--add-root'; the result might be removed by the garbage collector"
                )
                arguments.warns_of_roots = False
            return derivation.drv_path
        self._count += 1
        link = arguments.root if self._count == 1 else f"{arguments.root}-{self._count}"
        return self._session.host.store.add_root(derivation.drv_path, os.path.abspath(link))
