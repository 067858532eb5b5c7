"""`nix-build`: build the derivations that expressions stand for, and link to the results."""

from __future__ import annotations

import os

from neve.cli import common, program
from neve.cli.building import EXPLAIN_SANDBOX
from neve.cli.common import EvaluationArguments
from neve.cli.loading import load_meanwhile
from neve.cli.options import Command, Group, Option, flag, repeated, value
from neve.errors import NeveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Final, NoReturn

    from neve._core import Value
    from neve.cli.building import BuildFlow
    from neve.lang.session import Session
    from neve.settings import Settings


_NEEDED_LATER: Final = (
    "neve.lang.derivations",
    "neve.lang.store",
    "neve.cache.opening",
    "neve.builder.realisations",
    "neve.builder.missing",
)


class BuildArguments(EvaluationArguments):
    """What `nix-build` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.attr_paths: list[str] = []
        self.is_expression = False
        self.out_link: str | None = "./result"
        self.is_dry_run = False
        self.mode = "normal"
        self.explains_sandbox = False


def _ignore(*_: object) -> None:
    pass


COMMAND: Final = Command(
    "nix-build",
    "build a Nix expression",
    (
        Group(
            "What to build",
            (
                flag("-E --expr", "is_expression", "Operands are expressions.", to=True),
                repeated(
                    "-A --attr", "attr_paths", "PATH", "Select an attribute; may be repeated."
                ),
            ),
        ),
        Group(
            "How",
            (
                flag("--dry-run", "is_dry_run", "Only say what would be built and fetched."),
                flag("--check", "mode", "Build once more and compare.", to="check"),
                EXPLAIN_SANDBOX,
            ),
        ),
        Group(
            "Results",
            (
                value("-o --out-link", "out_link", "LINK", "The link to the result (./result)."),
                flag("--no-out-link --no-link", "out_link", "Make no link.", to=None),
                Option("--add-drv-link --indirect", _ignore, "Have no meaning any more."),
                Option("--drv-link", _ignore, "Has no meaning any more.", ("LINK",)),
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
- for standard input, or a derivation in the store. Prints the paths of the outputs and links to them: ./result,
./result-2 for the second derivation, ./result-OUTPUT for another output than `out`.
Ends with 100 when a build fails, 101 when one takes too long, 102 when a hash is wrong, 104 when --check differs.
""",
)


def main() -> NoReturn:
    """The command as a process."""
    program.start(run, COMMAND.name)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.cli.building import build_flow, print_paths

    arguments = common.read(COMMAND, words, BuildArguments)
    if arguments is None:
        return 0
    session = common.open_session(arguments)
    load_meanwhile(_NEEDED_LATER)
    chosen = list(_choose(session, arguments))
    session.evaluator.flush()
    with build_flow(arguments) as flow:
        paths = _build(flow, chosen, arguments)
    print_paths(paths)
    return 0


def _choose(session: Session, arguments: BuildArguments) -> Iterator[tuple[str, str]]:
    """Derivations and the output that is wanted of each, in the order of the command line."""
    from neve.lang.derivations import find_derivations

    operands = arguments.operands
    if not operands and not arguments.is_expression:
        operands = ["."]
    for operand in operands:
        stored = None if arguments.is_expression else _stored_derivation(session, operand)
        if stored is not None:
            yield stored
            continue
        root = _evaluate(session, operand, arguments)
        for attr_path in arguments.attr_paths or [""]:
            selected = session.select(root, attr_path)
            for found in find_derivations(selected, session.auto_values()):
                if not found.output_name:
                    raise NeveError(
                        f"derivation '{found.drv_path}' lacks an 'outputName' attribute"
                    )
                yield found.drv_path, found.output_name


def _stored_derivation(session: Session, operand: str) -> tuple[str, str] | None:
    """For an operand that is a derivation in the store, perhaps by a link, with `!OUTPUT` perhaps."""
    name, _, output = operand.partition("!")
    if not os.path.lexists(name) and ".drv" not in name:
        return None
    store_dir = session.host.store.store_dir
    path = name if name.startswith(f"{store_dir}/") else os.path.realpath(name)
    if not path.startswith(f"{store_dir}/") or not path.endswith(".drv"):
        return None
    return path, output or "out"


def _evaluate(session: Session, operand: str, arguments: BuildArguments) -> Value:
    if arguments.is_expression and operand != "-":
        return session.evaluate(operand)
    return session.evaluate_argument(operand)


def _build(
    flow: BuildFlow, chosen: Sequence[tuple[str, str]], arguments: BuildArguments
) -> list[str]:
    from neve.builder.goals import Output

    goals = [Output(derivation, output) for derivation, output in chosen]
    if arguments.explains_sandbox:
        flow.explain_sandboxes(goals)
        return []
    if arguments.is_dry_run:
        flow.announce(goals)
        return []
    flow.reach(goals, "repair" if arguments.is_repairing else arguments.mode)
    outputs = {derivation: flow.outputs.of(derivation) for derivation, _ in chosen}
    paths = [outputs[derivation][output] for derivation, output in chosen]
    if arguments.out_link is not None:
        _link(flow, chosen, paths, arguments.out_link)
    return paths


def _link(
    flow: BuildFlow, chosen: Sequence[tuple[str, str]], paths: Sequence[str], out_link: str
) -> None:
    from neve.cli.building import keep

    numbers: dict[str, int] = {}
    for (derivation, output), path in zip(chosen, paths, strict=True):
        number = numbers.setdefault(derivation, len(numbers) + 1)
        link = out_link if number == 1 else f"{out_link}-{number}"
        keep(flow.store, path, link if output == "out" else f"{link}-{output}")
