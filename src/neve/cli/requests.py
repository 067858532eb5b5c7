"""What operands of `nix` subcommands ask to be built: attributes and store paths, with outputs behind `^`."""

from __future__ import annotations

from neve.cli.installables import (
    InstallableArguments,
    has_source,
    is_store_path,
    open_installables,
    selected_values,
)
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from neve._core import Value
    from neve.builder.goals import Goal
    from neve.lang.session import Session
    from neve.store import Store


def find_requests(store: Store, arguments: InstallableArguments) -> list[list[Goal]]:
    """The goals of each operand, or of each derivation in what an operand stands for.

    Derivations that expressions make are written to the store. Raises `UsageError`.
    """
    operands = arguments.operands or ["."]
    stored = [
        not has_source(arguments) and is_store_path(operand, store.store_dir)
        for operand in operands
    ]
    if all(stored):
        return [stored_request(store, operand) for operand in operands]
    session = open_installables(arguments)
    evaluated = selected_values(
        session,
        arguments,
        [operand for operand, is_stored in zip(operands, stored, strict=True) if not is_stored],
    )
    requests: list[list[Goal]] = []
    for operand, is_stored in zip(operands, stored, strict=True):
        if is_stored:
            requests.append(stored_request(store, operand))
        else:
            requests += requests_of(session, next(evaluated)[1], operand.partition("^")[1:])
    session.evaluator.flush()
    return requests


def stored_request(store: Store, operand: str) -> list[Goal]:
    """A store path, by name or by a link."""
    from neve.builder.goals import Output, Path
    from neve.store.paths import is_derivation

    name, separator, outputs = operand.partition("^")
    path = store.follow_links(name)
    if not separator:
        return [Path(path)]
    if not is_derivation(path):
        raise UsageError(f"'{path}' is no derivation, so it has no output '{outputs}'")
    wanted = sorted(store.read_derivation(path).outputs) if outputs == "*" else outputs.split(",")
    return [Output(path, output) for output in wanted]


def requests_of(session: Session, selected: Value, asked: tuple[str, str]) -> list[list[Goal]]:
    """The goals of the derivations in a value; `asked` is what follows the attribute path: `^` and outputs."""
    from neve.builder.goals import Output
    from neve.lang.derivations import find_derivations

    separator, outputs = asked
    requests: list[list[Goal]] = []
    for found in find_derivations(selected, session.auto_values()):
        if not separator:
            wanted = outputs_to_install(found.value)
        elif outputs == "*":
            wanted = _strings(found.value, "outputs") or ["out"]
        else:
            wanted = outputs.split(",")
        requests.append([Output(found.drv_path, output) for output in sorted(set(wanted))])
    return requests


def outputs_to_install(derivation: Value) -> list[str]:
    """The outputs that stand for a derivation when none are named."""
    specified = derivation.attr("outputSpecified")
    if specified is not None and specified.as_python() is True:
        name = derivation.attr("outputName")
        if name is not None:
            return [name.coerce_to_string()]
    meta = derivation.attr("meta")
    if meta is not None and meta.type == "set":
        wanted = _strings(meta, "outputsToInstall")
        if wanted:
            return wanted
    return _strings(derivation, "outputs") or ["out"]


def _strings(value: Value, name: str) -> list[str]:
    found = value.attr(name)
    if found is None or found.type != "list":
        return []
    return [found.item(index).coerce_to_string() for index in range(len(found))]
