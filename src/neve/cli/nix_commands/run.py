"""`nix run`: run a program of a package."""

from __future__ import annotations

from neve.cli import common
from neve.cli.environment_changes import ENVIRONMENT, EnvironmentArguments, changed_environment
from neve.cli.installables import (
    LOCK_FILES,
    SELECTION,
    has_source,
    open_installables,
    selected_values,
)
from neve.cli.options import Command
from neve.errors import NeveError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve._core import Value
    from neve.builder.goals import Goal
    from neve.lang.session import Session

COMMAND: Final = Command(
    "nix run",
    "run a program of a package",
    (
        SELECTION,
        ENVIRONMENT,
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.BUILDING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[ATTRIBUTE [--] [ARGUMENT…]]",
    description="""
Runs an app, or a package's main program: bin/NAME, where NAME is its meta.mainProgram, else its pname or name. Ends as
the program does.
""",
)
_PROGRAMS: Final = (
    ("apps.{system}.", "packages.{system}.", "legacyPackages.{system}."),
    (
        "apps.{system}.default",
        "defaultApp.{system}",
        "packages.{system}.default",
        "defaultPackage.{system}",
    ),
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; returns only when nothing is to be run."""
    from neve.cli.building import build_flow
    from neve.cli.entering import become

    arguments = common.read(COMMAND, words, EnvironmentArguments)
    if arguments is None:
        return 0
    environment = changed_environment(arguments)
    installable, *program_arguments = arguments.operands or ["."]
    arguments.operands = [installable]
    session = open_installables(arguments)
    program, goals = _resolve(session, arguments, installable)
    session.evaluator.flush()
    with build_flow(arguments) as flow:
        flow.reach(goals)
        layout = flow.store.layout
    return become(program, [program, *program_arguments], layout=layout, environment=environment)


def _resolve(
    session: Session, arguments: EnvironmentArguments, installable: str
) -> tuple[str, list[Goal]]:
    """The path of the program and what has to be built for it."""
    if has_source(arguments):
        [(attr_path, value)] = selected_values(session, arguments)
        value = session.auto_call(value)
    else:
        from neve.cli.flakes import select_output

        attr_path, value = select_output(session, arguments, installable, _PROGRAMS)
    kind = value.attr("type") if value.type == "set" else None
    if kind is not None and kind.type == "string" and kind.as_python() == "app":
        return _app(session, value, attr_path)
    if value.is_derivation:
        return _main_program(value)
    raise NeveError(
        f"attribute '{attr_path}' is neither an app nor a derivation, so it cannot be run"
    )


def _app(session: Session, value: Value, attr_path: str) -> tuple[str, list[Goal]]:
    program = value.attr("program")
    if program is None:
        raise NeveError(f"the app '{attr_path}' has no 'program'")
    path = program.coerce_to_string()
    store_dir = session.host.store.store_dir
    if not path.startswith(f"{store_dir}/"):
        raise NeveError(f"app program '{path}' is not in the Nix store")
    return path, context_goals(program)


def context_goals(text: Value) -> list[Goal]:
    """What has to exist for a string to make sense: the outputs and paths in its context."""
    from neve.builder.goals import Output, Path

    goals: list[Goal] = []
    for element in text.string_context():
        if element.startswith("!"):
            output, _, drv_path = element[1:].partition("!")
            goals.append(Output(drv_path, output))
        else:
            goals.append(Path(element.removeprefix("=")))
    return goals


def _main_program(derivation: Value) -> tuple[str, list[Goal]]:
    from neve.builder.goals import Output
    from neve.lang.package_names import PackageName

    meta = derivation.attr("meta")
    named = meta.attr("mainProgram") if meta is not None and meta.type == "set" else None
    named = named if named is not None else derivation.attr("pname")
    if named is not None:
        name = named.coerce_to_string()
    else:
        whole = derivation.attr("name")
        name = PackageName("" if whole is None else whole.coerce_to_string()).name
    drv_path, out_path = derivation.attr("drvPath"), derivation.attr("outPath")
    output = derivation.attr("outputName")
    if drv_path is None or out_path is None:
        raise UsageError("this derivation has no 'drvPath' or no 'outPath'")
    output_name = "out" if output is None else output.coerce_to_string()
    goal = Output(drv_path.coerce_to_string(), output_name)
    return f"{out_path.coerce_to_string()}/bin/{name}", [goal]
