"""Package files that must not be unpacked, built as a store builds them."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.unit.debian.deb_files import device, file, hard_link, make_deb

pytestmark = pytest.mark.functional

HARMLESS = file("./usr/bin/first", b"x", 0o755)


def build(folder: Path, entries: list[Any]) -> subprocess.CompletedProcess[str]:
    """Builds a package of these entries in a store below `folder`."""
    deb = make_deb(folder / "bad_1_amd64.deb", entries)
    expression = f"""derivation {{
      name = "bad-1"; pname = "bad"; version = "1"; builder = "builtin:debian";
      system = builtins.currentSystem; debs = [ (builtins.path {{ path = {deb}; }}) ];
    }}"""
    store = f"local?store={folder}/store&state={folder}/state&log={folder}/log"
    program = str(Path(sys.executable).with_name("nix-build"))
    command = [program, "--no-out-link", "-E", expression, "--store", store, "--substituters", ""]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        (file("/etc/passwd"), "/etc/passwd"),
        (file("./usr/../../outside"), "./usr/../../outside"),
        (hard_link("./usr/x", "/etc/shadow"), "./usr/x"),
        (hard_link("./usr/y", "./usr/other"), "usr/y"),
        (device("./dev/mem"), "./dev/mem"),
    ],
)
def test_dangerous_packages_leave_nothing(tmp_path: Path, entry: Any, named: str) -> None:
    """The error names package, entry and remedy; what came before the entry is not in the store either."""
    done = build(tmp_path, [HARMLESS, entry])
    assert done.returncode != 0
    assert "bad_1_amd64.deb was not unpacked" in done.stderr
    assert f"'{named}'" in done.stderr
    assert "delete it and fetch it again" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [path for path in (tmp_path / "store").glob("*-bad-1*") if path.suffix != ".drv"]


def test_set_id_programs_are_told_of(tmp_path: Path) -> None:
    """A program loses its set-user-id bit, and the build says so with its old mode and owner."""
    done = build(tmp_path, [file("./usr/bin/sudo", b"x", 0o4755)])
    assert done.returncode == 0, done.stderr
    assert "bin/sudo: set-id bits dropped (4755 0:0)" in done.stderr
    assert (Path(done.stdout.strip()) / "bin/sudo").stat().st_mode & 0o7777 == 0o555
