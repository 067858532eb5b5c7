"""`activate-steps PLAN STEP…`: do steps of activating a system, in this order.

PLAN is a file by `make_plan.py` that has for each step what the step needs to know. Steps are independent: one that
fails is reported, and the others are still done. The exit status is 0, or 1 if a step failed.
"""

from __future__ import annotations

import marshal
import os
import sys

from activate import accounts, etc, usr, var, wrappers
from activate.errors import ActivationError
from activate.target import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Nothing is imported that would only serve types, or that takes long to load: this runs at every boot.
_STEPS: dict[str, Callable[[Target, Any], None]] = {
    "accounts": accounts.update_accounts,
    "etc": etc.update_etc,
    "usr": usr.switch_usr,
    "var": var.make_folders,
    "wrappers": wrappers.install_wrappers,
}


def main(arguments: list[str]) -> int:
    """Do the steps that `arguments` name after the plan's file."""
    path, *names = arguments
    target = Target(
        root=os.environ.get("ACTIVATE_ROOT", ""),
        is_dry=os.environ.get("NIXOS_ACTION") == "dry-activate",
    )
    return run_steps(target, path, names)


def run_steps(target: Target, path: str, names: list[str]) -> int:
    """Do the steps `names` of the plan in the file `path`; 0, or 1 if one failed."""
    with open(path, "rb") as stream:
        plan = marshal.load(stream)  # noqa: S302 - made by the same build of the system
    status = 0
    for name in names:
        try:
            _STEPS[name](target, plan[name])
        except (ActivationError, OSError) as error:
            sys.stderr.write(f"error: activating {name}: {error}\n")
            status = 1
    return status
