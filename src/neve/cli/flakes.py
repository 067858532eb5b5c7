"""Flakes on command lines: `REF#ATTR`."""

from __future__ import annotations

import os

from neve.errors import EvaluationError, UsageError
from neve.lang.literals import string_literal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve._core import Value
    from neve.lang.session import Session

PREFIXES: Final = ("packages.{system}.", "legacyPackages.{system}.")
"""Where attributes of flakes are looked for; at the top after that."""
DEFAULTS: Final = ("packages.{system}.default", "defaultPackage.{system}")
"""What a flake without an attribute stands for."""


def evaluate_flake(session: Session, reference: str) -> Value:
    """The outputs of a flake, with its own attributes; raises `UsageError` for what is no reference."""
    from neve import _core

    if not session.settings.has_feature("flakes"):
        raise EvaluationError(
            "experimental Nix feature 'flakes' is disabled; add '--extra-experimental-features flakes' to enable it"
        )
    try:
        attributes = _core.parse_flake_ref(absolute_reference(reference))
    except ValueError as error:
        raise UsageError(str(error)) from error
    # Evaluation is pure, so it gets the tree that the reference stands for now.
    folder = attributes.pop("dir", None)
    tree = session.host.fetch("fetchTree", attributes)
    names = ("narHash", "rev", "revCount", "lastModified")
    located = {
        "type": "path",
        "path": tree["outPath"],
        **{name: tree[name] for name in names if name in tree},
        **({"dir": folder} if folder else {}),
    }
    address = string_literal(_core.show_flake_ref(located))
    return session.evaluate(f"builtins.getFlake {address}")


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
    operand: str,
    prefixes: Sequence[str] = PREFIXES,
    defaults: Sequence[str] = DEFAULTS,
) -> tuple[str, Value]:
    """The attribute path and the value of `REF#ATTR`; raises `EvaluationError` when the flake has no such output."""
    reference, _, attr_path = operand.partition("#")
    flake = evaluate_flake(session, reference or ".")
    system = session.settings.text("system")
    if attr_path.startswith("."):
        candidates = [attr_path.removeprefix(".")]
    elif attr_path:
        candidates = [prefix.format(system=system) + attr_path for prefix in prefixes]
        candidates.append(attr_path)
    else:
        candidates = [default.format(system=system) for default in defaults]
    for candidate in candidates:
        found = find_attr(session, flake, candidate)
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
