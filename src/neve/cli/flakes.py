"""Flakes on command lines: `REF#ATTR`."""

from __future__ import annotations

import os

from neve.errors import EvaluationError, UsageError
from neve.lang.literals import string_literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any, Final

    from neve._core import Value
    from neve.cli.installables import InstallableArguments
    from neve.lang.session import Session

PACKAGES: Final = (
    ("packages.{system}.", "legacyPackages.{system}."),
    ("packages.{system}.default", "defaultPackage.{system}"),
)
"""Where attributes of flakes are looked for, at the top after that; what a flake without an attribute stands for."""


def evaluate_flake(session: Session, arguments: InstallableArguments, operand: str) -> Value:
    """The outputs of a flake, with its own attributes, locked as flags want it.

    Raises `UsageError` for what is no reference.
    """
    from neve.cli.common import fetching_of
    from neve.cli.flake_config import apply_config
    from neve.cli.flake_locks import lock

    require_flakes(session)
    flake = lock(arguments, parse_reference(operand))
    apply_config(flake.config, arguments.settings)
    # Evaluation is pure, so it gets the tree that the reference stands for now.
    return call_flake(session, fetching_of(arguments).fetcher.remember_flake(flake))


def evaluate_flake_alone(session: Session, operand: str) -> Value:
    """The same for a command that knows of no lock files."""
    from neve.fetch.fetcher import locate_tree

    require_flakes(session)
    reference = parse_reference(operand)
    folder = str(reference.pop("dir", ""))
    return call_flake(session, locate_tree(session.host.fetch("fetchTree", reference), folder))


def call_flake(session: Session, reference: Mapping[str, Any]) -> Value:
    """The outputs of the flake at a reference that says all there is to know."""
    from neve import _core

    address = string_literal(_core.show_flake_ref(reference))
    return session.evaluate(f"builtins.getFlake {address}")


def require_flakes(session: Session) -> None:
    """Raises `EvaluationError` where flakes are not enabled."""
    if not session.settings.has_feature("flakes"):
        raise EvaluationError(
            "experimental Nix feature 'flakes' is disabled; add '--extra-experimental-features flakes' to enable it"
        )


def parse_reference(text: str) -> dict[str, Any]:
    """The attributes of a reference on a command line; raises `UsageError`."""
    from neve import _core

    try:
        return dict(_core.parse_flake_ref(absolute_reference(text)))
    except ValueError as error:
        raise UsageError(str(error)) from error


def absolute_reference(reference: str) -> str:
    """A reference that does not depend on the current folder.

    A path stands for the flake in that folder or in one above it, and for its Git repository if it lies in one.
    """
    if not reference.startswith((".", "/")):
        return reference
    path, _, query = reference.partition("?")
    start = os.path.abspath(path)
    flake = start
    while not os.path.exists(f"{flake}/flake.nix"):
        if flake == "/" or os.path.exists(f"{flake}/.git"):
            raise UsageError(
                f"'{start}' is not part of a flake: there is no 'flake.nix' up to '{flake}'"
            )
        flake = os.path.dirname(flake)
    root = _repository(flake)
    if root is None:
        return f"path:{flake}" + (f"?{query}" if query else "")
    folder = os.path.relpath(flake, root)
    parameters = [] if folder == "." else [f"dir={folder}"]
    parameters += [query] if query else []
    return f"git+file://{root}" + (f"?{'&'.join(parameters)}" if parameters else "")


def _repository(folder: str) -> str | None:
    """The Git work tree that a folder lies in."""
    while folder != "/":
        if os.path.exists(f"{folder}/.git"):
            return folder
        folder = os.path.dirname(folder)
    return None


def select_output(
    session: Session,
    arguments: InstallableArguments,
    operand: str,
    places: tuple[Sequence[str], Sequence[str]] = PACKAGES,
) -> tuple[str, Value]:
    """The attribute path and the value of `REF#ATTR`; raises `EvaluationError` when the flake has no such output.

    `places` are like `PACKAGES`.
    """
    prefixes, defaults = places
    reference, _, attr_path = operand.partition("#")
    outputs = evaluate_flake(session, arguments, reference or ".").attr("outputs")
    assert outputs is not None  # noqa: S101 - every flake has them
    system = session.settings.text("system")
    if attr_path.startswith("."):
        candidates = [attr_path.removeprefix(".")]
    elif attr_path:
        candidates = [prefix.format(system=system) + attr_path for prefix in prefixes]
        candidates.append(attr_path)
    else:
        candidates = [default.format(system=system) for default in defaults]
    for candidate in candidates:
        found = find_attr(session, outputs, candidate)
        if found is not None:
            return candidate, found
    listed = ", ".join(f"'{candidate}'" for candidate in candidates[:-1])
    either = f"{listed} or '{candidates[-1]}'" if listed else f"'{candidates[-1]}'"
    raise EvaluationError(f"flake '{reference or '.'}' does not provide attribute {either}")


def find_attr(session: Session, flake: Value, attr_path: str) -> Value | None:
    """The value at an attribute path, or nothing when an attribute on the way is missing."""
    from neve.lang.attr_path import parse_attr_path

    value = flake
    for name in parse_attr_path(attr_path):
        value = session.auto_call(value)
        member = value.attr(name) if value.type == "set" else None
        if member is None:
            return None
        value = member
    return session.auto_call(value)
