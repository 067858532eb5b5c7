"""A wheel of the project, installed into a fresh environment, has all that its commands need."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.functional.builder.test_ordinary_user import UID, find_python

ROOT = Path(__file__).parents[3]

pytestmark = [pytest.mark.functional, pytest.mark.network, pytest.mark.timeout(1800)]


def run(command: list[str], **options: object) -> str:
    """What a command that must succeed prints."""
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, f"{command}: {done.stderr[-3000:]}"
    return str(done.stdout).strip()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder of an ordinary user's, outside of the source's."""
    if os.geteuid() != 0:
        pytest.skip("becomes an ordinary user")
    path = Path(tempfile.mkdtemp(prefix="neve-wheel-", dir="/var/tmp"))
    path.chmod(0o755)
    (path / "home").mkdir()
    os.chown(path / "home", UID, UID)
    yield path
    # Objects of the store are read-only, their directories too.
    run(["chmod", "-R", "u+w", str(path)])
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def programs(folder: Path) -> Path:
    """The commands of the installed wheel."""
    environment = os.environ | {"PYO3_PYTHON": sys.executable}
    build = [sys.executable, "-m", "maturin", "build", "--release", "--quiet", "--out", str(folder)]
    run(build, cwd=ROOT, env=environment)
    (wheel,) = folder.glob("neve-*.whl")
    python = find_python()
    if python is None:
        pytest.skip("needs a Python that other users can start")
    run([python, "-m", "venv", "--without-pip", str(folder / "env")])
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "env/bin/python")]
    run([*pip, "install", "--quiet", str(wheel)], cwd=folder)
    return folder / "env/bin"


def as_user(folder: Path, *command: str) -> str:
    """What an ordinary user's command prints, who has an empty home and nothing else."""
    environment = {"HOME": str(folder / "home"), "PATH": f"{folder}/env/bin:/usr/bin:/bin"}
    return run(
        list(command),
        cwd=folder / "home",
        env=environment,
        user=UID,
        group=UID,
        extra_groups=[],
    )


def test_installed_commands_work(folder: Path, programs: Path) -> None:
    """An ordinary user evaluates and builds with the package set, and runs a program of it in a shell."""
    assert (programs / "nix-shell").exists()
    version = as_user(
        folder, "nix-instantiate", "--eval", "-E", "(import <nixpkgs> { }).lib.version"
    )
    assert version.startswith('"')
    assert version.strip('"')
    assert as_user(folder, "nix-build", "<nixpkgs>", "-A", "tree").startswith("/nix/store/")
    assert as_user(folder, "nix-shell", "-p", "hello", "--run", "hello") == "Hello, world!"
