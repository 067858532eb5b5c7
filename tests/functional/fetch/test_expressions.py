"""Expressions fetch through the commands, into a store of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.functional


@pytest.fixture
def archive(tmp_path: Path) -> str:
    """The address of an archive with one expression in it."""
    source = tmp_path / "pkg-1.0"
    source.mkdir()
    (source / "default.nix").write_text("1")
    with tarfile.open(tmp_path / "pkg.tar.xz", "w:xz") as file:
        file.add(source, "pkg-1.0")
    return f"file://{tmp_path}/pkg.tar.xz"


def instantiate(tmp_path: Path, expression: str, *words: str) -> subprocess.CompletedProcess[str]:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    program = "from neve.cli.nix_instantiate import main; main()"
    command = [sys.executable, "-c", program, "--store", str(tmp_path / "store"), *words]
    return subprocess.run(
        [*command, "--eval", "-E", expression],
        env={"PATH": os.environ["PATH"], "HOME": str(home), "NIX_CONF_DIR": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_an_archive_becomes_a_store_path(tmp_path: Path, archive: str) -> None:
    """`fetchTarball` of a file ends in the store that the command was given."""
    done = instantiate(tmp_path, f"fetchTarball {archive}")
    assert done.stderr == ""
    path = done.stdout.strip().strip('"')
    assert Path(f"{tmp_path}/store{path}/default.nix").read_text() == "1"


def test_a_wrong_hash_ends_with_102(tmp_path: Path, archive: str) -> None:
    """The status and the words of Nix."""
    zeros = "0" * 52
    done = instantiate(tmp_path, f'fetchTarball {{ url = {archive}; sha256 = "{zeros}"; }}')
    assert done.returncode == 102
    assert f"hash mismatch in file downloaded from '{archive}'" in done.stderr
    assert f"specified: sha256:{zeros}" in done.stderr


def test_pure_evaluation_wants_a_hash(tmp_path: Path, archive: str) -> None:
    """Without one nothing is fetched."""
    done = instantiate(tmp_path, f"fetchTarball {archive}", "--option", "pure-eval", "true")
    assert done.returncode == 1
    assert "'fetchTarball' requires a 'sha256' argument" in done.stderr
    assert not (tmp_path / "store").exists()


def test_restricted_evaluation_asks_the_settings(tmp_path: Path, archive: str) -> None:
    """`allowed-uris` opens what is closed."""
    expression = f"fetchTarball {archive}"
    restricted = ("--option", "restrict-eval", "true")
    done = instantiate(tmp_path, expression, *restricted)
    path = archive.removeprefix("file://")
    assert f"access to absolute path '{path}' is forbidden in restricted mode" in done.stderr
    allowed = ("--option", "allowed-uris", "file:")
    assert instantiate(tmp_path, expression, *restricted, *allowed).returncode == 0
