"""Operations that make paths exist."""

from __future__ import annotations

from neve import terminal
from neve.cli.building import BuildFlow, build_flow, keep, output_goals, print_paths
from neve.errors import StoreError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from neve.builder.goals import Goal
    from neve.cache.opening import StoreOpener
    from neve.cli.nix_store import StoreOperationArguments
    from neve.store import Store


def realise(arguments: StoreOperationArguments) -> int:
    """`--realise`: builds or fetches paths, and prints where they or their outputs are."""
    if arguments.has("--check") and arguments.has("--repair"):
        raise UsageError("'--check' and '--repair' are mutually exclusive")
    mode = "check" if arguments.has("--check") else "normal"
    if arguments.has("--repair"):
        mode = "repair"
    with build_flow(arguments) as flow:
        requests = [output_goals(flow.store, operand) for operand in arguments.operands]
        if arguments.has("--ignore-unknown"):
            requests = _without_unknown(flow, requests)
        goals = [goal for request in requests for goal in request]
        if arguments.has("--dry-run"):
            flow.announce(goals)
            return 0
        flow.reach(goals, mode)
        requests = _look_again(flow, requests)
        paths = [] if arguments.has("--ignore-unknown") else _keep(flow, requests, arguments)
    if not arguments.is_silent:
        print_paths(paths)
    return 0


def make_valid(
    opener: StoreOpener, store: Store, paths: Sequence[str], arguments: StoreOperationArguments
) -> None:
    """Builds or fetches paths, of derivations all outputs; raises `BuildError`."""
    flow = BuildFlow(opener, store, arguments)
    flow.reach([goal for path in paths for goal in output_goals(store, path)])


def _without_unknown(flow: BuildFlow, requests: list[list[Goal]]) -> list[list[Goal]]:
    """Leaves out what nobody can make."""
    from neve.builder.goals import Path

    kept = []
    for request in requests:
        unknown = flow.find_missing(request).unknown
        if not any(isinstance(goal, Path) and goal.path in unknown for goal in request):
            kept.append(request)
    return kept


def _look_again(flow: BuildFlow, requests: list[list[Goal]]) -> list[list[Goal]]:
    """Derivations that had to be fetched first now have outputs, which are wanted as well."""
    from neve.builder.goals import Path
    from neve.store.paths import is_derivation

    complete = []
    for request in requests:
        [first, *_] = request
        if isinstance(first, Path) and is_derivation(first.path):
            goals = output_goals(flow.store, first.path)
            flow.reach(goals)
            complete.append(goals)
        else:
            complete.append(request)
    return complete


def _keep(
    flow: BuildFlow, requests: list[list[Goal]], arguments: StoreOperationArguments
) -> list[str]:
    """The paths of each request, sorted; where the user wants links, these."""
    if arguments.root is None and arguments.warns_of_roots and requests:
        terminal.warn(
            "you did not specify '--add-root'; the result might be removed by the garbage collector"
        )
    printed = []
    for number, request in enumerate(requests, 1):
        found = [_keep_one(flow, goal, number, arguments.root) for goal in request]
        printed += sorted(set(found))
    return printed


def _keep_one(flow: BuildFlow, goal: Goal, number: int, root: str | None) -> str:
    from neve.builder.goals import Output

    suffix = "" if number == 1 else f"-{number}"
    if isinstance(goal, Output):
        path = flow.outputs.of(goal.derivation)[goal.name]
        if goal.name != "out":
            suffix += f"-{goal.name}"
    else:
        path = goal.path
        if not flow.store.is_valid_path(path):
            raise StoreError(f"path '{path}' does not exist and cannot be created")
    return path if root is None else keep(flow.store, path, f"{root}{suffix}")
