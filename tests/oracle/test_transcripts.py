"""The transcripts of `tests/cli` are what a reference Nix does too, but for differences that say why.

A step below a comment `# Differs: …` is left out. Needs `NEVE_PEER`, see CONTRIBUTING.md.
"""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
import transcript

from neve.terminal import strip_colours

PEER = os.environ.get("NEVE_PEER")
FILES = sorted(transcript.TRANSCRIPTS.glob("*.txt"))
NOT_COMPARABLE = ("--version", "nix evla", "nix hash paht", "python3", ":?")
"""Texts that are Neve's own, and tools that a reference's machine may lack."""

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(PEER is None, reason="NEVE_PEER names no reference Nix"),
]


def differs_on_purpose(step: transcript.Step) -> bool:
    return any(line.startswith("# Differs") for line in step.before) or any(
        text in step.command for text in NOT_COMPARABLE
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_reference_prints_the_same(file: Path, tmp_path: Path) -> None:
    """Standard output and status of each step are the reference's."""
    folder = tmp_path / "folder"
    transcript.prepare_folder(folder)
    different = []
    for step in transcript.parse(file.read_text()):
        done = subprocess.run(
            [*shlex.split(PEER or ""), "bash", "-c", step.command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={**os.environ, "TERM": "dumb", "NIX_CONF_DIR": str(folder / "etc")},
        )
        output = strip_colours(done.stdout.decode(errors="replace"))
        real = output.replace(str(folder), "$DIR").splitlines()
        expected = [line.removesuffix("\\") for line in step.shown if not line.startswith("2>")]
        status = [f"[{done.returncode}]"] if done.returncode else []
        if real + status != expected and not differs_on_purpose(step):
            different.append("\n".join([f"$ {step.command}", *real, *status]))
    assert not different, "\n\n".join(different)
