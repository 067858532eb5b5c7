"""Commands do what the transcripts say."""

import os
import sys
from pathlib import Path

import pytest
import transcript

FILES = sorted(transcript.TRANSCRIPTS.glob("*.txt"))


def make_environment(folder: Path) -> dict[str, str]:
    """Our commands first on PATH, a home of its own, and no settings from outside."""
    bin_dir = Path(sys.executable).parent
    return {
        "PATH": f"{bin_dir}:{os.environ['PATH']}",
        "HOME": str(folder),
        "NIX_CONF_DIR": str(folder / "etc"),
        "NIX_STATE_DIR": str(folder / "state"),
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_transcript(file: Path, tmp_path: Path) -> None:
    """Each command prints what is written below it and ends with that status."""
    folder = tmp_path / "folder"
    transcript.prepare_folder(folder)
    text = file.read_text()
    done = [
        transcript.run(step, folder, make_environment(folder)) for step in transcript.parse(text)
    ]
    real = "\n".join(line for step in done for line in step.render()) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(real)
    assert real == text


def test_there_are_transcripts() -> None:
    """The folder was found."""
    assert len(FILES) > 5
