"""`nix derivation show`: derivations as JSON."""

from __future__ import annotations

from neve.cli import common
from neve.cli.installables import (
    LOCK_FILES,
    SELECTION,
    InstallableArguments,
    has_source,
    is_store_path,
    open_installables,
    selected_values,
)
from neve.cli.json_output import PRETTY, write_json
from neve.cli.options import Command, Group, flag
from neve.errors import NeveError
from neve.lang.derivations import find_derivations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Final

    from neve.lang.session import Session
    from neve.settings import Settings

JSON_VERSION: Final = 4
"""Of the format, as Nix 2.34 writes it."""


class ShowArguments(InstallableArguments):
    """What `nix derivation show` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.is_recursive = False
        self.pretty: bool | None = None


COMMAND: Final = Command(
    "nix derivation show",
    "print derivations as JSON",
    (
        SELECTION,
        Group(
            "Output",
            (
                flag("-r --recursive", "is_recursive", "With all derivations that they need."),
                *PRETTY,
            ),
        ),
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[ATTRIBUTE | STORE-PATH]…",
    description="A store path is a derivation, or an output whose derivation is known.",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, ShowArguments)
    if arguments is None:
        return 0
    session = open_installables(arguments)
    paths = set(_find(session, arguments))
    store = session.host.store
    if arguments.is_recursive:
        paths = store.compute_closure(sorted(paths))
    derivations: dict[str, Any] = {}
    for path in sorted(paths):
        if path.endswith(".drv"):
            derivations[path.rpartition("/")[2]] = store.show_derivation(path)
    write_json({"derivations": derivations, "version": JSON_VERSION}, arguments.pretty)
    return 0


def _find(session: Session, arguments: ShowArguments) -> Iterator[str]:
    """The derivations that operands stand for."""
    operands = arguments.operands or ["."]
    stored = []
    if not has_source(arguments):
        store_dir = session.host.store.store_dir
        stored = [operand for operand in operands if is_store_path(operand, store_dir)]
    for operand in stored:
        yield _deriver(session, operand.partition("^")[0])
    evaluated = [operand for operand in operands if operand not in stored]
    for _, value in selected_values(session, arguments, evaluated):
        for found in find_derivations(value, session.auto_values()):
            yield found.drv_path
    session.evaluator.flush()


def _deriver(session: Session, operand: str) -> str:
    store = session.host.store
    path = store.parse_path(operand)
    if path.endswith(".drv"):
        return path
    deriver = store.find_deriver(path)
    if deriver is None:
        raise NeveError(f"the derivation that built '{path}' is not known")
    return deriver
