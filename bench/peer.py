"""Finding the reference Nix that the benchmarks compare with."""

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

from cost import median, run

HOW_TO_NAME_ONE: Final = (
    "no reference Nix found: put its commands on PATH, or say in NEVE_PEER how to start them\n"
    "(NEVE_PEER='ssh host' runs `ssh host nix-instantiate …`)"
)


def peer_command(program: str) -> list[str] | None:
    """How to start a program of the reference Nix; nothing where there is none."""
    prefix = os.environ.get("NEVE_PEER")
    if prefix is not None:
        return [*shlex.split(prefix), program]
    own = str(own_program(program).parent)
    others = [folder for folder in os.environ.get("PATH", "").split(":") if folder != own]
    found = shutil.which(program, path=":".join(others))
    return None if found is None else [found]


def own_program(program: str) -> Path:
    """Neve's program of that name, beside the interpreter that runs this."""
    return Path(sys.executable).parent / program


def prefix_cost(runs: int) -> float:
    """Seconds that starting anything through `NEVE_PEER` takes, to be taken off the peer's time."""
    prefix = shlex.split(os.environ.get("NEVE_PEER", ""))
    if not prefix:
        return 0.0
    through = median([run([*prefix, "true"]) for _ in range(runs)])
    return through.clock - median([run(["true"]) for _ in range(runs)]).clock
