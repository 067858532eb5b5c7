"""Folders of runs: what a killed run leaves goes with the next one, and what is in use stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_driver.logger import Logger
from test_driver.places import Places

CLAIM_AND_DIE = """
import os, signal, sys
from pathlib import Path
from test_driver.logger import Logger
from test_driver.places import Places
places = Places.claim(["server"], Path.cwd(), Logger(), keeps_state=False)
(places.scratch / "socket").touch()
print(places.scratch, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def claim(folder: Path) -> Places:
    """Folders for a run with one machine."""
    return Places.claim(["server"], folder, Logger(), keeps_state=False)


def test_the_next_run_removes_what_a_killed_one_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only a process that is alive has a lock on its folder."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    alive = claim(tmp_path)
    package = Path(sys.modules["test_driver"].__path__[0]).parent
    killed = subprocess.run(
        [sys.executable, "-c", CLAIM_AND_DIE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    left = Path(killed.stdout.strip())
    assert killed.returncode == -9
    assert (left / "socket").exists()
    third = claim(tmp_path)
    assert not left.exists()
    assert alive.shared_dir.exists()
    for places in (alive, third):
        places.release()
        assert not places.scratch.exists()


def test_state_of_another_user_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a link in place of the lock is followed, nor a folder used that somebody else owns."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    precious = tmp_path / "precious"
    precious.write_text("kept")
    link = tmp_path / "vm-state-server.lock"
    link.symlink_to(precious)
    places = claim(tmp_path)
    assert places.state_root == places.scratch
    assert precious.read_text() == "kept"
    places.release()

    link.unlink()
    (tmp_path / "vm-state-server").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    places = claim(tmp_path)
    assert places.state_root == places.scratch
    places.release()
