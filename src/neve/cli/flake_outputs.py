"""What the outputs of a flake are, by the names that everybody uses."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve._core import Value

BY_SYSTEM: Final = frozenset({"apps", "checks", "devShells", "legacyPackages", "packages"})
"""Outputs that are sets by platform of sets by name."""
ONE_BY_SYSTEM: Final = frozenset({"defaultApp", "defaultPackage", "devShell", "formatter"})
"""Outputs that are sets by platform."""
PLAIN: Final = {
    "nixosConfigurations": ("nixos-configuration", "NixOS configuration"),
    "nixosModules": ("nixos-module", "NixOS module"),
    "overlays": ("nixpkgs-overlay", "Nixpkgs overlay"),
}
"""Outputs that are sets by name → what a member is in JSON, and in words."""


def is_branch(path: Sequence[str]) -> bool:
    """Whether a set at a path is shown with its members rather than as one thing."""
    if not path:
        return True
    first = path[0]
    if len(path) == 1:
        return first in BY_SYSTEM | ONE_BY_SYSTEM | PLAIN.keys() | {"templates", "hydraJobs"}
    return len(path) == 2 and first in BY_SYSTEM


def system_of(path: Sequence[str]) -> str | None:
    """The platform that an output is for, if it is for one."""
    is_one = len(path) == 2 and path[0] in ONE_BY_SYSTEM
    return path[1] if is_one or (len(path) > 1 and path[0] in BY_SYSTEM) else None


def derivation_kind(path: Sequence[str]) -> str:
    """What a derivation is called, by where it is."""
    if path[0] in {"devShell", "devShells"}:
        return "development environment"
    return "derivation" if path[0] in {"checks", "hydraJobs"} else "package"


def text_member(value: Value, *names: str) -> str:
    """A text below a value; nothing where there is none."""
    for name in names:
        found = value.attr(name) if value.type == "set" else None
        if found is None:
            return ""
        value = found
    return value.coerce_to_string() if value.type == "string" else ""


def is_app(value: Value) -> bool:
    """Whether a value says that it is a program."""
    return text_member(value, "type") == "app"
