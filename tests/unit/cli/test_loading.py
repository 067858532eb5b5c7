"""Modules that are loaded while something else goes on."""

import importlib
import sys
import time
from pathlib import Path

import pytest

from neve.cli.loading import load_meanwhile

PATIENCE_SECONDS = 30


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_modules_are_loaded_without_anybody_asking(folder: Path) -> None:
    """All of the modules are there after a while, in the order that was given."""
    (folder / "loaded_first.py").write_text("")
    (folder / "loaded_last.py").write_text("import sys\nfirst = 'loaded_first' in sys.modules\n")
    load_meanwhile(["loaded_first", "loaded_last"])
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not hasattr(sys.modules.get("loaded_last"), "first"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert sys.modules["loaded_last"].first


def test_whoever_needs_a_module_waits_for_it(folder: Path) -> None:
    """An import while the other thread is at it gets the whole module."""
    (folder / "loaded_slowly.py").write_text("import time\ntime.sleep(0.3)\nvalue = 7\n")
    load_meanwhile(["loaded_slowly"])
    time.sleep(0.1)
    assert importlib.import_module("loaded_slowly").value == 7


def test_a_module_that_fails_is_heard_of_where_it_is_needed(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """The thread keeps an error to itself; the import that needs the module raises it."""
    (folder / "loaded_badly.py").write_text("raise ValueError('bad module')\n")
    load_meanwhile(["loaded_badly"])
    time.sleep(0.1)
    with pytest.raises(ValueError, match="bad module"):
        importlib.import_module("loaded_badly")
    assert capfd.readouterr().err == ""
