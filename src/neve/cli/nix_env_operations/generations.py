"""`nix-env` operations on the generations of a profile."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from neve.cli.nix_env_operations.arguments import EnvArguments, Operation
from neve.cli.profiles import chosen_profile, profile_link
from neve.errors import NeveError, UsageError
from neve.progress import make_logger
from neve.store.profiles import Profile, parse_older_than
from neve.store.roots import make_link

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def _profile(arguments: EnvArguments) -> Iterator[Profile]:
    log = make_logger(arguments.log_format, is_old_command=True)
    yield Profile(chosen_profile(arguments.settings, arguments.profile), log)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _switch_profile(arguments: EnvArguments) -> None:
    if len(arguments.operands) != 1:
        raise UsageError("exactly one argument expected")
    link = profile_link(arguments.settings)
    os.makedirs(os.path.dirname(link), exist_ok=True)
    make_link(link, os.path.abspath(arguments.operands[0]))


def _switch_generation(arguments: EnvArguments) -> None:
    if len(arguments.operands) != 1:
        raise UsageError("exactly one argument expected")
    number = _number(arguments.operands[0])
    if number is None:
        raise UsageError("expected a generation number")
    with _profile(arguments) as profile:
        profile.switch(number, dry_run=arguments.is_dry_run)


def _roll_back(arguments: EnvArguments) -> None:
    with _profile(arguments) as profile:
        profile.switch(None, dry_run=arguments.is_dry_run)


def _list(arguments: EnvArguments) -> None:
    with _profile(arguments) as profile, profile.locked():
        generations = profile.generations()
    for found in generations.all:
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(found.creation_time))
        mark = "(current)" if found.number == generations.current else ""
        print(f"{found.number:4}   {moment}   {mark}")


def _delete(arguments: EnvArguments) -> None:
    operands, dry_run = arguments.operands, arguments.is_dry_run
    first = operands[0] if len(operands) == 1 else ""
    with _profile(arguments) as profile:
        if first == "old":
            profile.delete_old(dry_run=dry_run)
        elif "d" in first:
            profile.delete_older_than(parse_older_than(first, time.time), dry_run=dry_run)
        elif "+" in first:
            count = _number(first[1:])
            if count is None:
                raise NeveError(f"invalid number of generations to keep '{first[1:]}'")
            profile.delete_all_but(count, dry_run=dry_run)
        else:
            numbers = {operand: _number(operand) for operand in operands}
            for operand, number in numbers.items():
                if number is None:
                    raise UsageError(f"invalid generation number '{operand}'")
            profile.delete(
                [number for number in numbers.values() if number is not None], dry_run=dry_run
            )


OPERATIONS: Final = (
    Operation("--list-generations", "Show the states that the profile had.", _list),
    Operation(
        "-G --switch-generation", "Go to a generation.", _switch_generation, operands="NUMBER"
    ),
    Operation("--rollback", "Go to the generation before the current one.", _roll_back),
    Operation(
        "--delete-generations",
        "Delete generations: by number, `old` ones, older than `30d`, all but `+5`.",
        _delete,
        operands="NUMBER… | old | DAYSd | +COUNT",
    ),
    Operation(
        "-S --switch-profile", "Make another profile yours.", _switch_profile, operands="PROFILE"
    ),
)
