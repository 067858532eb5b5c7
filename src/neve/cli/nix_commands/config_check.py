"""`nix config check`: look for what commonly goes wrong."""

from __future__ import annotations

import os
import sys

from neve import terminal
from neve.cli import common
from neve.cli.options import Arguments, Command
from neve.errors import NeveError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Final

    from neve.settings import Settings

_FAILED: Final = 2

COMMAND: Final = Command(
    "nix config check",
    "look for problems of this installation",
    (common.LOGGING, common.MISCELLANEOUS),
    description="Prints PASS or FAIL for each check; exit status 2 when one fails.",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; its exit status."""
    arguments = common.read(COMMAND, words, Arguments)
    if arguments is None:
        return 0
    settings = arguments.settings
    problems = [_check_path(settings), _check_profiles(settings), _check_store(settings)]
    return _FAILED if any(problems) else 0


def _report(passed: str, problem: str | None) -> bool:
    """Prints the outcome of a check; whether there is a problem."""
    has_colour = terminal.has_colour(sys.stdout)
    colour = terminal.RED if problem else terminal.GREEN
    start, end = (colour, terminal.NORMAL) if has_colour else ("", "")
    print(f"{start}[{'FAIL' if problem else 'PASS'}]{end} {problem or passed}")
    return problem is not None


def _folders(settings: Settings) -> list[str]:
    return [folder for folder in settings.environment.get("PATH", "").split(":") if folder]


def _check_path(settings: Settings) -> bool:
    programs = (os.path.join(folder, "nix") for folder in _folders(settings))
    places = {os.path.realpath(program) for program in programs if os.access(program, os.X_OK)}
    problem = None
    if not places:
        problem = "No nix found in PATH."
    elif len(places) > 1:
        problem = "Multiple versions of nix found in PATH:\n" + "\n".join(
            f"  {place}" for place in sorted(places)
        )
    return _report("PATH contains only one nix version.", problem)


def _check_profiles(settings: Settings) -> bool:
    """A profile outside the folder of profiles is kept by nothing."""
    strays = []
    for folder in _folders(settings):
        profile = os.path.dirname(folder)
        if not os.path.realpath(profile).endswith("user-environment"):
            continue
        while "profiles" not in profile.split("/") and os.path.islink(profile):
            profile = os.path.join(os.path.dirname(profile), os.readlink(profile))
        if "profiles" not in profile.split("/"):
            strays.append(folder)
    problem = None
    if strays:
        problem = "These profiles may be garbage collected:\n" + "\n".join(
            f"  {folder}" for folder in strays
        )
    return _report("All profiles are gcroots.", problem)


def _check_store(settings: Settings) -> bool:
    from neve.lang.store import open_store

    uri = settings.text("store")
    try:
        open_store(uri, settings, is_read_only=False)
    except NeveError as error:
        return _report("", f"The store '{uri}' cannot be used: {error}")
    return _report(f"The store '{uri}' can be used.", None)
