"""Programs that are compiled with what they import."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]
PROGRAM: Final = ROOT / "nixpkgs/nixos/lib/compile_program.py"
SOURCE: Final = """
import json.decoder
import shutil

def where():
    return [__file__, shutil.__file__, json.decoder.__file__]
"""


def test_program_needs_no_texts(tmp_path: Path) -> None:
    """The program, modules and packages of Python's library are loaded from the output alone."""
    (tmp_path / "greet.py").write_text(SOURCE)
    (tmp_path / "plan.json").write_text(json.dumps({"program": str(tmp_path / "greet.py")}))
    output = tmp_path / "out"
    subprocess.run(
        [sys.executable, "-I", "-S", "-B", PROGRAM],
        env={"planPath": str(tmp_path / "plan.json"), "out": str(output)},
        check=True,
    )
    code = f"import sys; sys.path.insert(0, {str(output)!r}); import greet; print(*greet.where())"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", code], capture_output=True, text=True, check=True
    )
    names = ["greet.pyc", "shutil.pyc", "json/decoder.pyc"]
    assert done.stdout.split() == [str(output / name) for name in names]
