"""Transcripts: what is typed and what is printed, as text files.

    $ command
    its standard output
    2> a line of its standard error
    [3]

The status is written when it is not 0. Lines that begin with `#` and empty lines between commands are kept as they are.
A command may go on over lines that begin with `> `. All commands of a file run in one folder, which holds a copy of
`tests/cli/files` and appears as `$DIR` in what is printed.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

FILES: Final = Path(__file__).parent / "files"
TRANSCRIPTS: Final = Path(__file__).parent / "transcripts"


@dataclass
class Step:
    """One command and everything that it did visibly."""

    command: str
    before: list[str] = field(default_factory=list)
    """Comments and empty lines above it."""
    shown: list[str] = field(default_factory=list)
    """Output, errors and status in the notation of the file."""

    def render(self) -> list[str]:
        """The step as lines of the file."""
        first, *more = self.command.split("\n")
        return [*self.before, f"$ {first}", *(f"> {line}" for line in more), *self.shown]


def parse(text: str) -> list[Step]:
    """The steps of a transcript."""
    steps: list[Step] = []
    before: list[str] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:], before))
            before = []
        elif steps and not before and line.startswith("> ") and not steps[-1].shown:
            steps[-1].command += "\n" + line[2:]
        elif line.startswith("#") or not line:
            before.append(line)
        else:
            # What looked like a comment or a gap was output.
            steps[-1].shown += [*before, line]
            before = []
    if before and steps:
        steps[-1].shown += before
    return steps


def _settle(stream: bytes, folder: Path) -> str:
    """What a command wrote, without what differs between machines: the folder, and names made from it."""
    text = stream.decode(errors="replace").replace(str(folder), "$DIR")
    return re.sub(r"(gcroots/auto/)[0-9a-z]{32}", r"\1HASH", text)


def run(step: Step, folder: Path, environment: Mapping[str, str]) -> Step:
    """The step with what its command really does."""
    done = subprocess.run(
        ["bash", "-c", step.command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
    output, errors = (_settle(stream, folder) for stream in (done.stdout, done.stderr))
    shown = output.split("\n")
    if shown[-1] == "":
        shown.pop()
    else:
        shown[-1] += "\\"
    shown += [f"2> {line}".rstrip() for line in errors.splitlines()]
    if done.returncode != 0:
        shown.append(f"[{done.returncode}]")
    return Step(step.command, step.before, shown)


def prepare_folder(folder: Path) -> None:
    """Puts the files that commands read into a folder."""
    shutil.copytree(FILES, folder, dirs_exist_ok=True)
