"""`nix profile add`: put packages into a profile."""

from __future__ import annotations

from neve import _core, terminal
from neve.cli import common
from neve.cli.flakes import parse_reference
from neve.cli.installables import (
    LOCK_FILES,
    SELECTION,
    has_source,
    is_store_path,
    open_installables,
    selected_values,
)
from neve.cli.options import Command, Group, Option
from neve.cli.profile_arguments import PROFILE, ProfileArguments
from neve.cli.profile_manifest import DEFAULT_PRIORITY, Element, Manifest, Source
from neve.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve._core import Value
    from neve.cli.building import BuildFlow
    from neve.lang.session import Session
    from neve.settings import Settings


class AddArguments(ProfileArguments):
    """What `nix profile add` was asked to do."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.priority: int | None = None


def _set_priority(arguments: AddArguments, word: str) -> None:
    try:
        arguments.priority = int(word)
    except ValueError as error:
        raise UsageError(f"'--priority' is a number, not '{word}'") from error


COMMAND: Final = Command(
    "nix profile add",
    "put packages into a profile",
    (
        SELECTION,
        PROFILE,
        Group(
            "How",
            (
                Option(
                    "--priority",
                    _set_priority,
                    "Which package has a file that several have: the smaller.",
                    ("N",),
                ),
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
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    from neve.cli.building import build_flow

    arguments = common.read(COMMAND, words, AddArguments)
    if arguments is None:
        return 0
    manifest = Manifest.read(arguments.link)
    session = open_installables(arguments)
    with build_flow(arguments) as flow:
        for operand in arguments.operands or ["."]:
            element = make_element(flow, session, arguments, operand)
            _add(manifest, element)
        manifest.switch(flow.store, arguments.link)
    return 0


def _add(manifest: Manifest, element: Element) -> None:
    name = element.default_name
    known = manifest.elements.get(name)
    source, other = element.source, None if known is None else known.source
    if (
        known is not None
        and source is not None
        and other is not None
        and known.priority == element.priority
        and (other.original_url, other.attr_path) == (source.original_url, source.attr_path)
    ):
        terminal.warn(f"'{name}' is already added")
        return
    manifest.add(name, element)


def make_element(
    flow: BuildFlow, session: Session, arguments: AddArguments, operand: str
) -> Element:
    """Builds or fetches a package, and describes it."""
    from neve.cli.requests import requests_of, stored_request

    name, separator, outputs = operand.partition("^")
    if not has_source(arguments) and is_store_path(operand, flow.store.store_dir):
        goals = stored_request(flow.store, operand)
        flow.reach(goals)
        return Element(tuple(flow.paths_of(goals)), priority=_given(arguments))
    [(attr_path, value)] = selected_values(session, arguments, [name])
    goals = [
        goal for request in requests_of(session, value, (separator, outputs)) for goal in request
    ]
    session.evaluator.flush()
    flow.reach(goals)
    paths = tuple(flow.paths_of(goals))
    if has_source(arguments):
        # As in C++ Nix, only packages of flakes say themselves how important they are.
        return Element(paths, priority=_given(arguments))
    priority = _priority(value) if arguments.priority is None else arguments.priority
    chosen = tuple(outputs.split(",")) if separator else None
    return Element(paths, _source(arguments, name, attr_path, chosen), priority=priority)


def _source(
    arguments: AddArguments, operand: str, attr_path: str, outputs: tuple[str, ...] | None
) -> Source:
    reference = parse_reference(operand.partition("#")[0] or ".")
    locked = common.fetching_of(arguments).fetcher.fetch_tree(reference).locked
    urls = (_core.show_flake_ref(reference), _core.show_flake_ref(locked))
    return Source(*urls, attr_path, outputs)


def _given(arguments: AddArguments) -> int:
    return DEFAULT_PRIORITY if arguments.priority is None else arguments.priority


def _priority(value: Value) -> int:
    meta = value.attr("meta") if value.type == "set" else None
    found = meta.attr("priority") if meta is not None and meta.type == "set" else None
    number = None if found is None else found.as_python()
    return number if isinstance(number, int) else DEFAULT_PRIORITY
