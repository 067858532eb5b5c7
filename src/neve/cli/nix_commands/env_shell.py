"""`nix shell`: a shell, or a command, with packages on PATH."""

from __future__ import annotations

import os

from neve.cli import common
from neve.cli.environment_changes import (
    ENVIRONMENT,
    EnvironmentArguments,
    changed_environment,
    split_command,
)
from neve.cli.installables import LOCK_FILES, SELECTION
from neve.cli.options import Command, Group, flag

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Final

    from neve.store import Store

COMMAND: Final = Command(
    "nix env shell",
    "start a shell with packages on PATH",
    (
        SELECTION,
        Group(
            "What runs",
            (
                flag(
                    "-c --command",
                    "action",
                    "Run the command that follows, with its arguments, in place of $SHELL.",
                    to="command",
                ),
            ),
        ),
        ENVIRONMENT,
        LOCK_FILES,
        common.EVALUATION,
        common.DEBUGGING,
        common.BUILDING,
        common.NETWORK,
        common.LOGGING,
        common.MISCELLANEOUS,
    ),
    operands="[ATTRIBUTE | STORE-PATH]… [-c COMMAND [ARGUMENT…]]",
)


def run(words: Sequence[str]) -> int:
    """The command with its arguments; returns only for `--help`."""
    from neve.cli.building import build_flow
    from neve.cli.entering import become
    from neve.cli.requests import find_requests

    words, command = split_command(words)
    arguments = common.read(COMMAND, words, EnvironmentArguments)
    if arguments is None:
        return 0
    environment = changed_environment(arguments)
    with build_flow(arguments) as flow:
        requests = find_requests(flow.store, arguments)
        flow.reach([goal for request in requests for goal in request])
        paths = [path for request in requests for path in flow.paths_of(request)]
        folders = program_folders(flow.store, paths)
        layout = flow.store.layout
    before = environment.get("PATH")
    environment["PATH"] = ":".join([*folders, *([before] if before else [])])
    program, *others = command or [os.environ.get("SHELL") or "bash"]
    found = _find(program, environment["PATH"], flow.store)
    return become(found, [program, *others], layout=layout, environment=environment)


def program_folders(store: Store, paths: Iterable[str]) -> list[str]:
    """The `bin` folders of packages and of what they want to be installed with them."""
    folders: list[str] = []
    pending = list(paths)[::-1]
    done: set[str] = set()
    while pending:
        path = pending.pop()
        if path in done:
            continue
        done.add(path)
        folders.append(f"{path}/bin")
        try:
            wanted = store.real_path(f"{path}/nix-support/propagated-user-env-packages")
            with open(wanted, encoding="utf-8") as file:
                pending += file.read().split()[::-1]
        except OSError:
            continue
    return folders


def _find(program: str, path: str, store: Store) -> str:
    """Where on PATH a program is; by its name when it is nowhere."""
    if "/" in program:
        return program
    for folder in path.split(":"):
        candidate = f"{folder}/{program}"
        is_stored = candidate.startswith(f"{store.store_dir}/")
        real = store.real_path(candidate) if is_stored else candidate
        # A link inside a store that lies elsewhere leads nowhere yet.
        if os.path.islink(real) or (os.access(real, os.X_OK) and not os.path.isdir(real)):
            return candidate
    return program
