"""Root runs these tests once more as somebody who may do nothing in particular."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.functional

UID = 65432
TESTS = ("test_building.py", "test_escapes.py", "test_bad_builders.py")


def find_python() -> str | None:
    """An interpreter of our version that an ordinary user can start."""
    system = f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"
    for program in (sys.executable, system):
        try:
            check = subprocess.run(
                [program, "-c", ""],
                user=UID,
                group=UID,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=False,
            )
        except OSError:
            continue
        if check.returncode == 0:
            return program
    return None


@pytest.mark.parametrize("name", TESTS)
@pytest.mark.timeout(600)
def test_as_an_ordinary_user(name: str, as_root: None) -> None:
    """Builds, escapes and misbehaviour end the same without root, whose sandboxes are made in another way."""
    del as_root
    python = find_python()
    if python is None:
        pytest.skip("needs a Python that other users can start")
    home = Path(f"/tmp/neve-user-{os.getpid()}-{name.removesuffix('.py')}")
    home.mkdir()
    os.chown(home, UID, UID)
    root = Path(__file__).parents[3]
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, "--basetemp", f"{home}/pytest", str(Path(__file__).with_name(name))],
            user=UID,
            group=UID,
            extra_groups=[],
            cwd=root,
            env={
                "HOME": str(home),
                "PATH": os.environ["PATH"],
                "PYTHONPATH": ":".join(path for path in [*sys.path, str(root)] if path),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        subprocess.run(["rm", "-rf", str(home)], check=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
