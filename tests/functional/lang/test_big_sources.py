"""Sources of any size are hashed and copied in constant memory."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.functional

SIZE: Final = 512 << 20
LIMIT: Final = 192 << 20

PROGRAM: Final = """
import re, sys
from pathlib import Path
from neve.cli.nix_instantiate import run
status = run(sys.argv[1:])
print(int(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1]) << 10)
sys.exit(status)
"""

EXPRESSIONS: Final = {
    "a tree": '"${./big}"',
    "a filtered tree": 'builtins.filterSource (path: _: baseNameOf path != "left-out") ./big',
    "a flat file": "builtins.path { path = ./big/file; recursive = false; }",
}


@pytest.mark.parametrize("what", EXPRESSIONS)
def test_copying_takes_little_memory(what: str, tmp_path: Path) -> None:
    """Half a gigabyte goes into the store with less than half of that in memory."""
    (tmp_path / "big").mkdir()
    for name in ("file", "left-out"):
        with (tmp_path / "big" / name).open("wb") as file:
            file.truncate(SIZE)
    command = [sys.executable, "-c", PROGRAM, "--store", str(tmp_path / "store"), "--eval"]
    done = subprocess.run(
        [*command, "--read-write-mode", "-E", EXPRESSIONS[what]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr
    path, peak = done.stdout.split()
    assert int(peak) < LIMIT
    copied = Path(f"{tmp_path}/store{path.strip(chr(34))}")
    assert copied.is_file() or (copied / "left-out").exists() is (what == "a tree")
