"""The settings that flakes wish for (`nixConfig`): taken when they are harmless, or when the user trusts them.

What the user decided for good lies in `trusted-settings.json` in Nix's data folder: setting → value → whether it is
trusted.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING, Final

from neve import terminal
from neve.errors import NeveError
from neve.settings import home_dir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neve.settings import Settings

_HARMLESS: Final = frozenset(
    {
        "bash-prompt",
        "bash-prompt-prefix",
        "bash-prompt-suffix",
        "flake-registry",
        "commit-lock-file-summary",
        "commit-lockfile-summary",
    }
)
_INFORMATION: Final = 3


def apply_config(config: Mapping[str, str], settings: Settings) -> None:
    """Sets what a flake wishes for, as far as it may; says what it may not."""
    for name, text in sorted(config.items()):
        is_harmless = name.removeprefix("extra-") in _HARMLESS
        if is_harmless or settings.flag("accept-flake-config") or _is_trusted(name, text, settings):
            settings.set(name, text)
        else:
            terminal.warn(
                f"ignoring untrusted flake configuration setting '{name}'.\n"
                "Pass '--accept-flake-config' to trust it"
            )
    settings.warn_unknown()


def _is_trusted(name: str, text: str, settings: Settings) -> bool:
    """What the user decided before about a setting and its value, or decides now."""
    file = _decisions_file(settings.environment)
    decisions = _read_decisions(file)
    known = decisions.get(name, {}).get(text)
    if known is not None:
        terminal.say(
            f"Using saved setting for '{name} = {text}' from ~/.local/share/nix/trusted-settings.json.",
            level=_INFORMATION,
        )
        return known
    is_trusted = _ask(
        f"do you want to allow configuration setting '{name}' to be set to "
        f"'{terminal.RED}{_printable(text)}{terminal.NORMAL}' (y/N)?"
    )
    word = "trusted" if is_trusted else "untrusted"
    if _ask(f"do you want to permanently mark this value as {word} (y/N)?"):
        decisions.setdefault(name, {})[text] = is_trusted
        _write_decisions(file, decisions)
    return is_trusted


def _ask(question: str) -> bool:
    """The user's answer; no where nobody can answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    if not terminal.has_colour(sys.stderr):
        question = terminal.strip_colours(question)
    sys.stderr.write(f"{question} ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() == "y"


def _printable(text: str) -> str:
    """The text without what could make a terminal show something else."""
    return "".join(character if character.isprintable() else "?" for character in text)


def _decisions_file(environment: Mapping[str, str]) -> str:
    folder = environment.get("NIX_DATA_HOME")
    if not folder:
        data = environment.get("XDG_DATA_HOME") or f"{home_dir(environment)}/.local/share"
        folder = f"{data}/nix"
    return f"{folder}/trusted-settings.json"


def _read_decisions(file: str) -> dict[str, dict[str, bool]]:
    try:
        with open(file, encoding="utf-8") as stream:
            found: dict[str, dict[str, bool]] = json.load(stream)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise NeveError(f"reading '{file}': {error}; repair or delete it") from error
    if not isinstance(found, dict) or not all(
        isinstance(values, dict) for values in found.values()
    ):
        raise NeveError(f"reading '{file}': it is no table of settings; repair or delete it")
    return found


def _write_decisions(file: str, decisions: dict[str, dict[str, bool]]) -> None:
    temporary = f"{file}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as stream:
            json.dump(decisions, stream)
        os.replace(temporary, file)
    except OSError as error:
        raise NeveError(f"writing '{file}': {error.strerror}") from error
