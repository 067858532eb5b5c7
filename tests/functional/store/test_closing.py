"""Commands close the stores that they opened, however they end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.functional


@pytest.mark.parametrize(
    ("expression", "status"),
    [
        ('derivation { name = "x"; system = "s"; builder = "b"; }', 0),
        ('builtins.seq (builtins.toFile "x" "1").y 1', 1),
    ],
)
def test_nothing_is_left_to_whoever_comes_next(
    tmp_path: Path, expression: str, status: int
) -> None:
    """No journal that must be read through, no temporary roots of a process that has ended."""
    program = Path(sys.executable).parent / "nix-instantiate"
    command = [str(program), "--store", str(tmp_path), "--no-gc-warning", "-E", expression]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == status, done.stderr
    state = tmp_path / "nix" / "var" / "nix"
    if status == 0:
        assert sorted(os.listdir(state / "db")) == ["big-lock", "db.sqlite", "reserved", "schema"]
    if (state / "temproots").exists():
        assert os.listdir(state / "temproots") == []
