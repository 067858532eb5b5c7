"""`nix build`: build derivations or fetch store paths, and link to the results."""

from __future__ import annotations

import os

from neve.cli import common
from neve.cli.building import EXPLAIN_SANDBOX
from neve.cli.installables import LOCK_FILES, SELECTION, InstallableArguments
from neve.cli.json_output import PRETTY
from neve.cli.options import Command, Group, flag, value
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, Final

    from neve.builder.goals import Goal
    from neve.cli.building import BuildFlow
    from neve.settings import Settings


class BuildArguments(InstallableArguments):
    """What `nix build` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.out_link: str | None = "result"
        self.profile: str | None = None
        self.is_dry_run = False
        self.mode = "normal"
        self.is_json = False
        self.pretty: bool | None = None
        self.prints_paths = False
        self.reads_stdin = False
        self.explains_sandbox = False


COMMAND: Final = Command(
    "nix build",
    "build a derivation or fetch a store path",
    (
        SELECTION,
        Group(
            "How",
            (
                flag("--dry-run", "is_dry_run", "Only say what would be built and fetched."),
                flag("--rebuild", "mode", "Build once more and compare.", to="check"),
                EXPLAIN_SANDBOX,
            ),
        ),
        Group(
            "Results",
            (
                value("-o --out-link", "out_link", "LINK", "The link to the result (result)."),
                flag("--no-link", "out_link", "Make no link.", to=None),
                value("--profile", "profile", "PROFILE", "Make the result its new generation."),
                flag("--print-out-paths", "prints_paths", "Print the paths of the outputs."),
                flag("--json", "is_json", "Print derivations and outputs as JSON."),
                *PRETTY,
                flag("--stdin", "reads_stdin", "Further operands from standard input."),
            ),
        ),
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.BUILDING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[ATTRIBUTE | STORE-PATH]…",
    description="""
After ^ come the outputs that are wanted: pkg^out,dev or pkg^* for all. Without, those that the package wants to have
installed (meta.outputsToInstall), else all. Ends with 1 when anything fails.
""",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.cli.building import build_flow, print_paths
    from neve.cli.requests import find_requests

    arguments = common.read(COMMAND, words, BuildArguments)
    if arguments is None:
        return 0
    if arguments.reads_stdin:
        from neve.cli.stores import words_from_stdin

        arguments.operands += words_from_stdin()
    with build_flow(arguments) as flow:
        requests = find_requests(flow.store, arguments)
        goals = [goal for request in requests for goal in request]
        if arguments.explains_sandbox:
            flow.explain_sandboxes(goals)
            return 0
        if arguments.is_dry_run:
            flow.announce(goals, is_only_wish=True)
        else:
            flow.reach(goals, "repair" if arguments.is_repairing else arguments.mode)
        built = [flow.paths_of(request) for request in requests]
        if arguments.is_json:
            _print_json(requests, built, arguments)
        if not arguments.is_dry_run:
            _keep(flow, requests, built, arguments)
    if arguments.prints_paths and not arguments.is_dry_run:
        print_paths([path for paths in built for path in paths])
    return 0


def _print_json(
    requests: Sequence[Sequence[Goal]], built: Sequence[Sequence[str]], arguments: BuildArguments
) -> None:
    from neve.builder.goals import Output
    from neve.cli.json_output import write_json

    shown: list[Any] = []
    for request, paths in zip(requests, built, strict=True):
        outputs: dict[str, str | None] = {}
        for goal, path in zip(request, paths, strict=True):
            if isinstance(goal, Output):
                outputs[goal.name] = path or None
            else:
                shown.append(path)
        if outputs and isinstance(request[0], Output):
            shown.append({"drvPath": request[0].derivation, "outputs": outputs})
    write_json(shown, arguments.pretty)


def _keep(
    flow: BuildFlow,
    requests: Sequence[Sequence[Goal]],
    built: Sequence[Sequence[str]],
    arguments: BuildArguments,
) -> None:
    from neve.builder.goals import Output
    from neve.cli.building import keep

    if arguments.out_link is not None:
        for number, (request, paths) in enumerate(zip(requests, built, strict=True)):
            link = f"{arguments.out_link}-{number}" if number else arguments.out_link
            for goal, path in zip(request, paths, strict=True):
                named = isinstance(goal, Output) and goal.name != "out"
                keep(flow.store, path, f"{link}-{goal.name}" if named else link)  # type: ignore[union-attr]  # named: an output
    if arguments.profile is not None:
        _switch_profile(flow, built, arguments.profile)


def _switch_profile(flow: BuildFlow, built: Sequence[Sequence[str]], link: str) -> None:
    from neve.store import Profile

    paths = [path for paths in built for path in paths]
    if len(paths) != 1:
        raise UsageError(
            "'--profile' requires that the arguments produce a single store path, "
            f"but there are {len(paths)}"
        )
    profile = Profile(os.path.abspath(link), flow.store.log)
    profile.switch_link(profile.create_generation(flow.store, paths[0]))
