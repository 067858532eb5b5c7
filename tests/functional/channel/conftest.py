"""Builds with the package set of this tree, into the machine's store."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Build = Callable[[str], Path]
NIX_BUILD = Path(sys.executable).with_name("nix-build")


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """Builds an expression over `pkgs`, relative to the test's folder; the output."""
    if os.geteuid() != 0:
        pytest.skip("writes to the machine's store")
    environment = {name: value for name, value in os.environ.items() if name != "NIX_PATH"}

    def run(expression: str) -> Path:
        file = tmp_path / "expression.nix"
        file.write_text(
            f"let pkgs = import <nixpkgs> {{ config = {{ }}; overlays = [ ]; }}; in {expression}\n"
        )
        link = tmp_path / "result"
        command = [str(NIX_BUILD), str(file), "--out-link", str(link)]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, check=False, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return link.resolve()

    return run
